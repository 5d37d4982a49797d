namespace Repro.Tests.Unit.Data;

/// <summary>The published data: the folder that REPRO_DATA names, otherwise <c>shared/data</c> beside the repository.</summary>
internal static class DataFolder
{
    public const string Variable = "REPRO_DATA";

    /// <summary>Whether the published data are there.</summary>
    public static bool Exists => Directory.Exists(Root);

    public static string Root => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? System.IO.Path.GetFullPath(named)
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository, "..", "shared", "data"));

    internal static string Repository
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(System.IO.Path.Combine(folder, "Repro.sln")))
            {
                folder = System.IO.Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Repro.sln above the tests.");
            }

            return folder;
        }
    }

    /// <summary>A published file.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>A small file of our own in a published format.</summary>
    public static string Fixture(string name) => System.IO.Path.Combine(Repository, "fixtures", "data", name);

    /// <summary>A file of the release of augmented ratings; REPRO_ARTIFACTS names its folder.</summary>
    public static string Artifact(params string[] parts)
    {
        var named = Environment.GetEnvironmentVariable("REPRO_ARTIFACTS");
        var root = string.IsNullOrEmpty(named) || named == "fixtures"
            ? System.IO.Path.Combine(Repository, "..", "shared", "artifacts", "crs-rlhf")
            : named;
        return System.IO.Path.Combine([System.IO.Path.GetFullPath(root), .. parts]);
    }
}

namespace Repro.Tests.Shared.Vectors;

/// <summary>Where the reference vectors are: the folder in <see cref="Variable"/>, otherwise <c>shared/vectors</c> beside the repository.</summary>
internal static class VectorFolder
{
    public const string Variable = "REPRO_VECTORS";

    /// <summary>Whether the folder is there.</summary>
    public static bool Exists => Directory.Exists(Root);

    /// <summary>The folder, there or not.</summary>
    public static string Root => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? System.IO.Path.GetFullPath(named)
        : System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository(), "..", "shared", "vectors"));

    /// <summary>Names of the topics in the folder, sorted; none where it is absent.</summary>
    public static IReadOnlyList<string> Topics() =>
        Exists ? [.. Directory.EnumerateDirectories(Root).Select(folder => System.IO.Path.GetFileName(folder)!).Order(StringComparer.Ordinal)] : [];

    /// <summary>Names, without extension, of the files of a topic, sorted; none where it is absent.</summary>
    public static IReadOnlyList<string> Files(string topic)
    {
        var folder = System.IO.Path.Combine(Root, topic);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.json").Select(file => System.IO.Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The path of a file below the folder.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Repro.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Repro.sln above {AppContext.BaseDirectory}; set {Variable}.");
    }
}

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>Where the signature lists lie.</summary>
internal static class ApiFiles
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>The committed list: the lines of every type that the stand-in has.</summary>
    public static string Committed(ApiPackage package) => Path.Combine(Root, "compat", "api", package.Name + ".txt");

    /// <summary>The package's full list, beside the repository or where REPRO_COMPAT says; null in a clone without it.</summary>
    public static string? Full(ApiPackage package)
    {
        var folder = Environment.GetEnvironmentVariable("REPRO_COMPAT") ?? Path.Combine(Root, "..", "shared", "compat");
        var path = Path.Combine(folder, package.SharedList);
        return File.Exists(path) ? path : null;
    }

    private static string FindRoot(string start)
    {
        for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Repro.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {start} holds Repro.sln.");
    }
}

namespace Repro.Experiments.Claims;

/// <summary>
/// Finds the checkout that this program was built in, or the one that <c>REPRO_ROOT</c> names; the installed tool carries what it
/// needs of one.
/// </summary>
public static class RepositoryRoot
{
    /// <summary>
    /// The root folder: the nearest folder upwards from the program, then from the current folder, that holds Repro.sln; else the folder of
    /// the installed tool.
    /// </summary>
    /// <exception cref="InputException">There is none.</exception>
    public static string Find()
    {
        var named = Environment.GetEnvironmentVariable("REPRO_ROOT");
        if (!string.IsNullOrEmpty(named))
        {
            return File.Exists(Path.Combine(named, "Repro.sln")) ? named : throw new InputException($"REPRO_ROOT={named}: no Repro.sln there");
        }

        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Repro.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        return Carried(AppContext.BaseDirectory)
            ?? throw new InputException("cannot find Repro.sln above the program or the current folder; run inside a checkout or set REPRO_ROOT");
    }

    /// <summary>The folder of a program that carries the fixtures, as the packed tool does; null for any other.</summary>
    /// <param name="program">Folder of the program.</param>
    internal static string? Carried(string program) => Directory.Exists(Path.Combine(program, "fixtures", "claims")) ? program : null;
}

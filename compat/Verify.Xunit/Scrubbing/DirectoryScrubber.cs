using System.Reflection;
using System.Text;

namespace VerifyTests.Scrubbing;

/// <summary>Replaces the directories that differ between machines by names in braces.</summary>
internal static class DirectoryScrubber
{
    public static void Apply(StringBuilder text, Assembly testAssembly, GlobalSettings settings)
    {
        var solution = SnapshotAssembly.Metadata(testAssembly, SnapshotAssembly.SolutionDirectoryKey);
        var project = SnapshotAssembly.Metadata(testAssembly, SnapshotAssembly.ProjectDirectoryKey);
        var pairs = new List<(string Directory, string Name)>();
        Add(pairs, AppContext.BaseDirectory, "{CurrentDirectory}");
        Add(pairs, settings.ScrubsProjectDirectory ? project : null, "{ProjectDirectory}");
        Add(pairs, settings.ScrubsSolutionDirectory ? solution : null, "{SolutionDirectory}");
        Add(pairs, Path.GetTempPath(), "{TempPath}");

        // The longest first: the base directory lies inside the project, the project inside the solution.
        foreach (var (directory, name) in pairs.OrderByDescending(pair => pair.Directory.Length))
        {
            text.Replace(directory + Path.DirectorySeparatorChar, name).Replace(directory, name);
        }
    }

    private static void Add(List<(string Directory, string Name)> pairs, string? directory, string name)
    {
        var trimmed = directory?.TrimEnd('/', '\\');
        // A root directory would match every path.
        if (trimmed is { Length: > 1 })
        {
            pairs.Add((trimmed, name));
        }
    }
}

namespace Repro.Build;

/// <summary>Where a shared library that this process has loaded lies.</summary>
internal static class SystemLibrary
{
    /// <summary>The path of a library. The runtime itself is written in C++, so that libstdc++ is always loaded, and from where the loader
    /// would take it again.</summary>
    /// <param name="name">The beginning of its file name, such as <c>libstdc++.so.6</c>: the name that is loaded is a link to one with the
    /// whole version.</param>
    /// <returns>The path, null where nothing of that name is loaded or the system does not tell (Windows, macOS).</returns>
    public static string? Find(string name)
    {
        const string Maps = "/proc/self/maps";
        if (!File.Exists(Maps))
        {
            return null;
        }

        return File.ReadLines(Maps)
            .Where(line => line.Contains('/', StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
    }
}

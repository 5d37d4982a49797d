namespace Repro.Core;

/// <summary>
/// Files that are whole or not there: the content goes to <c>path.partial</c>, which is renamed over the file when it is complete. A write
/// that is broken off leaves the old file as it was; the partial file, which stays where something is in it, is replaced by the next write.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void WriteText(string path, string text) => Write(path, partial => File.WriteAllText(partial, text));

    /// <summary>Writes bytes.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="bytes">The whole content.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void WriteBytes(string path, byte[] bytes) => Write(path, partial => File.WriteAllBytes(partial, bytes));

    /// <summary>Writes a file by a function that is given the path of the partial file.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Makes the partial file and closes it. Where it throws, the old file stays.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var partial = path + ".partial";
        try
        {
            write(partial);
        }
        catch
        {
            // What was begun may be worth reading; an empty file is not.
            if (new FileInfo(partial) is { Exists: true, Length: 0 })
            {
                File.Delete(partial);
            }

            throw;
        }

        File.Move(partial, path, overwrite: true);
    }
}

namespace Repro.Build;

/// <summary>Changes files in place.</summary>
internal static class Mending
{
    /// <summary>Marks a version as weak in copies of a library, where the system's own library lacks it.</summary>
    /// <param name="files">The copies.</param>
    /// <param name="version">The version that the system may lack.</param>
    /// <param name="systemLibrary">The library that should have it; null where it was not found, and then nothing is touched.</param>
    /// <param name="errors">Where a file that cannot be mended is named.</param>
    /// <returns>0, or 1 where a file could not be mended.</returns>
    public static int Run(IEnumerable<string> files, string version, string? systemLibrary, TextWriter errors)
    {
        if (systemLibrary is null
            || File.ReadAllBytes(systemLibrary).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(version + "\0")) >= 0)
        {
            return 0;
        }

        return Run(files, bytes => new ElfVersionNeeds(bytes).MakeWeak(version), errors);
    }

    /// <summary>Mends each file, in place and at once: a file is either as it was or whole.</summary>
    /// <param name="files">The copies.</param>
    /// <param name="mend">Changes the content, and says whether there was anything to change.</param>
    /// <param name="errors">Where a file that cannot be mended is named.</param>
    /// <returns>0, or 1 where a file could not be mended.</returns>
    public static int Run(IEnumerable<string> files, Func<byte[], bool> mend, TextWriter errors)
    {
        var status = 0;
        foreach (var file in files)
        {
            try
            {
                var bytes = File.ReadAllBytes(file);
                if (mend(bytes))
                {
                    Replace(file, bytes);
                }
            }
            catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                errors.WriteLine($"{file}: {failure.Message}");
                status = 1;
            }
        }

        return status;
    }

    private static void Replace(string file, byte[] bytes)
    {
        var (changed, whole) = (File.GetLastWriteTimeUtc(file), Invariant($"{file}.{Environment.ProcessId}.new"));
        File.WriteAllBytes(whole, bytes);
        File.SetLastWriteTimeUtc(whole, changed);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(whole, File.GetUnixFileMode(file));
        }

        File.Move(whole, file, overwrite: true);
    }
}

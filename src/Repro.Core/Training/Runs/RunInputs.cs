namespace Repro.Core.Training.Runs;

/// <summary>Sizes and hashes of the files that a run reads.</summary>
internal static class RunInputs
{
    /// <summary>One entry for each file under the named paths; those that are missing are left to the stage to complain about. Of folders
    /// the files count that lie in them directly, but for those whose name begins with a point; of the folder of a run or of the Hugging
    /// Face cache those of the model in it.</summary>
    /// <param name="paths">Files and folders by key.</param>
    /// <param name="cancellation">Checked between blocks of a file.</param>
    /// <exception cref="ReproException">A file cannot be read, or begins with a hole.</exception>
    internal static SortedDictionary<string, InputFile> Read(IEnumerable<(string Key, string Path)> paths, CancellationToken cancellation)
    {
        var found = new SortedDictionary<string, InputFile>(StringComparer.Ordinal);
        foreach (var (key, path) in paths)
        {
            foreach (var file in Files(key, path))
            {
                cancellation.ThrowIfCancellationRequested();
                found[file] = Entry(key, file, cancellation);
            }
        }

        return found;
    }

    private static IReadOnlyList<string> Files(string key, string path)
    {
        try
        {
            return Directory.Exists(path) ? [.. Directory.EnumerateFiles(Located(path)).Where(file => Path.GetFileName(file)[0] != '.')]
                : File.Exists(path) ? [path]
                : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable($"{path} ({key})", failure);
        }
    }

    // What is wrong with a folder is said by what loads it.
    private static string Located(string folder)
    {
        try
        {
            return ModelLocation.Find(folder);
        }
        catch (ReproException)
        {
            return folder;
        }
    }

    // The whole content, however large: a model of 16 GB takes about 10 s on one core, less than reading it into the model.
    private static InputFile Entry(string key, string file, CancellationToken cancellation)
    {
        try
        {
            // A pipe or a device has no length and would never end.
            var bytes = LinkedFile.Length(file);
            RequireContent(key, file, bytes);
            return new InputFile(key, bytes, bytes == 0 ? FileSeal.OfNothing : FileSeal.Compute(file, cancellation).Sha256);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable($"{file} ({key})", failure);
        }
    }

    // A sparse file of a terabyte would be hashed for many minutes before its reader refuses it. No format of data or weights begins with
    // as many zeros.
    private static void RequireContent(string key, string file, long bytes)
    {
        const int Beginning = 1 << 16;
        if (bytes < Beginning)
        {
            return;
        }

        using var stream = File.OpenRead(file);
        var start = new byte[Beginning];
        stream.ReadExactly(start);
        if (!start.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new ReproException(
                Invariant($"{file} ({key}): begins with {Beginning} NUL bytes; text, Parquet or safetensors were expected."));
        }
    }
}

/// <summary>A file that a run reads.</summary>
/// <param name="Key">The setting that names it, or its folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its whole content.</param>
internal sealed record InputFile(string Key, long Bytes, string Sha256);

using System.Security.Cryptography;

namespace Repro.Core.Training.Runs;

/// <summary>Sizes and hashes of the files that a run reads.</summary>
internal static class RunInputs
{
    // Weights of large models would take minutes; their start and size tell files apart as well.
    private const long WholeBytes = 1L << 30;
    private const int HeadBytes = 1 << 20;

    /// <summary>One entry for each file under the named paths; those that are missing are left to the stage to complain about.</summary>
    /// <param name="paths">Files and folders by key.</param>
    /// <param name="cancellation">Looked at between files.</param>
    internal static SortedDictionary<string, InputFile> Of(IEnumerable<(string Key, string Path)> paths, CancellationToken cancellation)
    {
        var found = new SortedDictionary<string, InputFile>(StringComparer.Ordinal);
        foreach (var (key, path) in paths)
        {
            var files = Directory.Exists(path) ? Directory.EnumerateFiles(path) : File.Exists(path) ? [path] : [];
            foreach (var file in files)
            {
                cancellation.ThrowIfCancellationRequested();
                found[file] = Entry(key, file);
            }
        }

        return found;
    }

    private static InputFile Entry(string key, string file)
    {
        try
        {
            var bytes = LinkedFile.Length(file);
            if (bytes <= WholeBytes)
            {
                return new InputFile(key, bytes, FileSeal.Of(file).Sha256, Whole: true);
            }

            using var stream = File.OpenRead(file);
            var head = new byte[HeadBytes];
            stream.ReadExactly(head);
            return new InputFile(key, bytes, Convert.ToHexStringLower(SHA256.HashData(head)), Whole: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{file} ({key}): cannot be read: {failure.Message}", failure);
        }
    }
}

/// <summary>A file that a run reads.</summary>
/// <param name="Key">The setting that names it, or its folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its content.</param>
/// <param name="Whole">Whether the hash is of the whole file; else of its first MiB.</param>
internal sealed record InputFile(string Key, long Bytes, string Sha256, bool Whole);

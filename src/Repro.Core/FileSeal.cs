using System.Security.Cryptography;

namespace Repro.Core;

/// <summary>What a file must be to count as whole.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its content, lower-case hexadecimal.</param>
public sealed record FileSeal(long Bytes, string Sha256)
{
    /// <summary>SHA-256 of no bytes.</summary>
    internal static string OfNothing { get; } = Convert.ToHexStringLower(SHA256.HashData([]));

    /// <summary>Reads a file. Nothing of it is kept in memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Checked between blocks of a megabyte.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileSeal Compute(string path, CancellationToken cancellation = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 20];
        for (var read = stream.Read(block); read > 0; read = stream.Read(block))
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }

        return new FileSeal(stream.Length, Convert.ToHexStringLower(hash.GetCurrentHash()));
    }

    /// <summary>What is wrong with a file, or null.</summary>
    internal string? Fault(string path)
    {
        if (!File.Exists(path))
        {
            return $"{path} is missing";
        }

        var bytes = new FileInfo(path).Length;
        return bytes != Bytes ? Invariant($"{path} has {bytes} bytes instead of {Bytes}")
            : Compute(path).Sha256 != Sha256 ? $"{path} is not what was written (its SHA-256 differs)"
            : null;
    }
}

/// <summary>Hashes of files, each read once while neither its size nor its time changes. What is kept ends with this object.</summary>
public sealed class FileHashes
{
    private readonly Dictionary<(string Path, long Bytes, DateTime Written), string> _known = [];

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="cancellation">Checked between blocks of a megabyte.</param>
    /// <exception cref="ReproException">It cannot be read.</exception>
    public string Of(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var file = LinkedFile.Target(path);
            var key = (file.FullName, file.Length, file.LastWriteTimeUtc);
            lock (_known)
            {
                return _known.TryGetValue(key, out var known) ? known : _known[key] = FileSeal.Compute(path, cancellation).Sha256;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable(path, failure);
        }
    }
}

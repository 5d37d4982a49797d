using System.Security.Cryptography;

namespace Repro.Core.Training.Runs;

/// <summary>What a file must be to count as whole.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Hash of its content, lower-case hexadecimal.</param>
internal sealed record FileSeal(long Bytes, string Sha256)
{
    /// <summary>Reads a file. Nothing of it is kept in memory.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static FileSeal Of(string path)
    {
        using var stream = File.OpenRead(path);
        return new FileSeal(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
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
            : Of(path).Sha256 != Sha256 ? $"{path} is not what was written (its SHA-256 differs)"
            : null;
    }
}

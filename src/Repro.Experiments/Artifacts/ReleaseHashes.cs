using System.Security.Cryptography;
using Repro.Core;

namespace Repro.Experiments.Artifacts;

/// <summary>
/// SHA-256 of the released files as their author published them, and of the facts extracted from them: a file in the form of
/// <c>sha256sum</c>. A verdict speaks of the paper's own data, so a file with another hash counts as a missing input.
/// </summary>
public sealed class ReleaseHashes
{
    /// <summary>Name of the file in the folder of the facts.</summary>
    internal const string FileName = "SHA256SUMS";

    private readonly Dictionary<string, string> _byPath;

    private ReleaseHashes(Dictionary<string, string> byPath) => _byPath = byPath;

    /// <summary>Paths with a hash: those of the release, and those of the facts, which end in <c>.facts.json</c>.</summary>
    public IReadOnlyCollection<string> Paths => _byPath.Keys;

    /// <summary>Reads the file of a folder of facts.</summary>
    /// <param name="folder">The folder, usually <c>fixtures/artifacts</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    internal static ReleaseHashes Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: missing or unreadable; it holds the hashes of the released files ({e.Message})", e);
        }

        var byPath = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split("  ", 2);
            if (parts.Length != 2 || parts[0].Length != 2 * SHA256.HashSizeInBytes || !byPath.TryAdd(parts[1], parts[0]))
            {
                throw new ReproException(Invariant($"{path}:{i + 1}: expected a SHA-256, two blanks and a path that stands once"));
            }
        }

        return new ReleaseHashes(byPath);
    }

    /// <summary>The text of the file for given hashes.</summary>
    /// <param name="byPath">Hashes by path.</param>
    internal static string Text(IReadOnlyDictionary<string, string> byPath) => string.Concat(
        byPath.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value}  {pair.Key}\n"));

    /// <summary>SHA-256 as lower-case hexadecimal.</summary>
    internal static string Compute(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The same of a file, which is not held in memory.</summary>
    internal static string OfFile(string path) => FileSeal.Compute(path).Sha256;

    /// <summary>What is wrong with a file, in words, or null for the file as it was released.</summary>
    /// <param name="path">Path relative to the release, with forward slashes.</param>
    /// <param name="sha256">Hash of the file that was read.</param>
    public string? Deviation(string path, string sha256) =>
        !_byPath.TryGetValue(path, out var released) ? $"{path} is not among the released files"
        : released != sha256 ? $"{path} is not the released file: SHA-256 {sha256[..12]}..., released {released[..12]}..." : null;
}

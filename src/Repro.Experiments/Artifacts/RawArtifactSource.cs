using System.Collections.Concurrent;
using System.Security.Cryptography;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Parses the released files themselves. Each file is read once.</summary>
/// <param name="folder">Folder of the release.</param>
public sealed class RawArtifactSource(string folder) : IArtifactSource
{
    private readonly ConcurrentDictionary<(string Path, Type Facts), (object Facts, string Sha256)> _cache = new();

    /// <inheritdoc/>
    public string Description => $"raw files in {folder}";

    /// <inheritdoc/>
    public (TFacts Facts, string Sha256) Read<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var (facts, sha256) = _cache.GetOrAdd((path, typeof(TFacts)), _ => Load<TFacts>(path));
        return ((TFacts)facts, sha256);
    }

    private (object Facts, string Sha256) Load<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var full = Path.Combine(folder, path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{full}: released file is missing or unreadable ({e.Message})", e);
        }

        return (TFacts.Parse(new RawFile(full, bytes)), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Reads the extracted facts that are committed with the project, for clones without the release.</summary>
/// <param name="folder">Folder of the facts, usually <c>fixtures/artifacts</c>.</param>
public sealed class FixtureArtifactSource(string folder) : IArtifactSource
{
    private readonly ConcurrentDictionary<string, (object Facts, string Sha256)> _cache = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Description => $"extracted facts in {folder}";

    /// <inheritdoc/>
    public (TFacts Facts, string Sha256) Read<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var (facts, sha256) = _cache.GetOrAdd(path, Load<TFacts>);
        return (facts as TFacts ?? throw new InputException($"{path}: asked for {typeof(TFacts).Name}, the file holds {facts.GetType().Name}"), sha256);
    }

    private (object Facts, string Sha256) Load<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var full = Path.Combine(folder, $"{path}.facts.json");
        try
        {
            var file = JsonSerializer.Deserialize<FactsFile<TFacts>>(File.ReadAllBytes(full), FactsJson.Options)!;
            return file.Source == path
                ? (file.Facts, file.Sha256)
                : throw new InputException($"{full}: holds the facts of '{file.Source}', expected '{path}'");
        }
        catch (JsonException e)
        {
            throw new InputException(Invariant($"{full}:{e.LineNumber + 1}: truncated or malformed facts: {e.Message}"), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{full}: facts are missing; `repro extract` writes them from the release, or set REPRO_ARTIFACTS to the release ({e.Message})", e);
        }
    }
}

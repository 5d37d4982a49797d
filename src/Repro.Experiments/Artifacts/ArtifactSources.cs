using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Repro.Core;

namespace Repro.Experiments.Artifacts;

/// <summary>Where the facts of released files come from.</summary>
public interface IArtifactSource
{
    /// <summary>In words, for the evidence and the terminal.</summary>
    string Description { get; }

    /// <summary>The facts of a file, and the SHA-256 of the original; of the facts, where these are not as they were extracted.</summary>
    /// <typeparam name="TFacts">What kind of file it is.</typeparam>
    /// <param name="path">Path relative to the release, with forward slashes.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    (TFacts Facts, string Sha256) Read<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>;
}

/// <summary>Decides between the raw release and the extracted facts.</summary>
internal static class ArtifactSources
{
    /// <summary>Environment variable that names the folder of the release, or <c>fixtures</c> for the extracted facts.</summary>
    public const string Variable = "REPRO_ARTIFACTS";

    private const string Facts = "fixtures";

    /// <summary>
    /// The folder that is named, by the caller or by <see cref="Variable"/>; else <c>../shared/artifacts/crs-rlhf</c> beside the checkout
    /// where it exists; else the facts under <c>fixtures/artifacts</c>.
    /// </summary>
    /// <param name="root">Root of the repository.</param>
    /// <param name="named">Folder of the release, or <c>fixtures</c>; null leaves the choice to the variable.</param>
    /// <exception cref="ReproException">The named folder does not exist.</exception>
    public static IArtifactSource Find(string root, string? named = null)
    {
        var variable = Environment.GetEnvironmentVariable(Variable);
        var origin = named is null ? Variable : "--artifacts";
        named ??= string.IsNullOrEmpty(variable) ? null : variable;
        if (named is not null && named != Facts)
        {
            return Directory.Exists(named) ? new RawArtifactSource(named) : throw new ReproException($"{origin}={named}: no such folder");
        }

        return named is null && RawFolder(root) is { } raw
            ? new RawArtifactSource(raw)
            : new FixtureArtifactSource(FactsFolder(root), ReleaseHashes.Load(FactsFolder(root)));
    }

    /// <summary>The folder of the extracted facts and of <see cref="ReleaseHashes"/>.</summary>
    /// <param name="root">Root of the repository.</param>
    public static string FactsFolder(string root) => Path.Combine(root, "fixtures", "artifacts");

    /// <summary>The raw release beside the checkout, or null.</summary>
    /// <param name="root">Root of the repository.</param>
    public static string? RawFolder(string root)
    {
        var beside = Path.GetFullPath(Path.Combine(root, "..", "shared", "artifacts", "crs-rlhf"));
        return Directory.Exists(beside) ? beside : null;
    }
}

/// <summary>Parses the released files themselves. Each file is read once.</summary>
/// <param name="folder">Folder of the release.</param>
internal sealed class RawArtifactSource(string folder) : IArtifactSource
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
            throw new ReproException($"{full}: released file is missing or unreadable ({e.Message})", e);
        }

        return (TFacts.Parse(new RawFile(full, bytes)), ReleaseHashes.Compute(bytes));
    }
}

/// <summary>Reads the extracted facts that are committed with the project, for clones without the release.</summary>
/// <param name="folder">Folder of the facts, usually <c>fixtures/artifacts</c>.</param>
/// <param name="hashes">Hashes of the facts as they were extracted; null does not compare.</param>
internal sealed class FixtureArtifactSource(string folder, ReleaseHashes? hashes = null) : IArtifactSource
{
    private readonly ConcurrentDictionary<string, (object Facts, string Sha256)> _cache = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Description => $"extracted facts in {folder}";

    /// <inheritdoc/>
    public (TFacts Facts, string Sha256) Read<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var (facts, sha256) = _cache.GetOrAdd(path, Load<TFacts>);
        return (
            facts as TFacts ?? throw new ReproException($"{path}: asked for {typeof(TFacts).Name}, the file holds {facts.GetType().Name}"),
            sha256);
    }

    private (object Facts, string Sha256) Load<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        var full = Path.Combine(folder, $"{path}.facts.json");
        try
        {
            var bytes = File.ReadAllBytes(full);
            var file = JsonSerializer.Deserialize<FactsFile<TFacts>>(bytes, FactsJson.Options)!;
            if (file.Source != path)
            {
                throw new ReproException($"{full}: holds the facts of '{file.Source}', expected '{path}'");
            }

            var ofFacts = ReleaseHashes.Compute(bytes);
            return (file.Facts, hashes?.Deviation($"{path}.facts.json", ofFacts) is null ? file.Sha256 : ofFacts);
        }
        catch (JsonException e)
        {
            throw new ReproException(Invariant($"{full}:{e.LineNumber + 1}: truncated or malformed facts: {e.Message}"), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException(
                $"{full}: facts are missing; `repro extract` writes them from the release, "
                    + $"or set REPRO_ARTIFACTS to the release ({e.Message})",
                e);
        }
    }
}

/// <summary>The form in which facts are stored: where they come from, the hash of the original, the facts.</summary>
/// <typeparam name="TFacts">The facts.</typeparam>
/// <param name="Source">Path of the original, relative to the release.</param>
/// <param name="Sha256">SHA-256 of the original, lower-case hexadecimal.</param>
/// <param name="Facts">The facts.</param>
internal sealed record FactsFile<TFacts>(string Source, string Sha256, TFacts Facts);

/// <summary>JSON settings of stored facts: compact lines, doubles that round-trip.</summary>
internal static class FactsJson
{
    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

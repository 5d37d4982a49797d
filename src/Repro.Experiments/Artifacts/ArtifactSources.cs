using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Decides between the raw release and the extracted facts.</summary>
public static class ArtifactSources
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
    /// <exception cref="InputException">The named folder does not exist.</exception>
    public static IArtifactSource Find(string root, string? named = null)
    {
        var variable = Environment.GetEnvironmentVariable(Variable);
        var origin = named is null ? Variable : "--artifacts";
        named ??= string.IsNullOrEmpty(variable) ? null : variable;
        if (named is not null && named != Facts)
        {
            return Directory.Exists(named) ? new RawArtifactSource(named) : throw new InputException($"{origin}={named}: no such folder");
        }

        return named is null && RawFolder(root) is { } raw
            ? new RawArtifactSource(raw)
            : new FixtureArtifactSource(Path.Combine(root, "fixtures", "artifacts"));
    }

    /// <summary>The raw release beside the checkout, or null.</summary>
    /// <param name="root">Root of the repository.</param>
    public static string? RawFolder(string root)
    {
        var beside = Path.GetFullPath(Path.Combine(root, "..", "shared", "artifacts", "crs-rlhf"));
        return Directory.Exists(beside) ? beside : null;
    }
}

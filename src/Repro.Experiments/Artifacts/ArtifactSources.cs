using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Decides between the raw release and the extracted facts.</summary>
public static class ArtifactSources
{
    /// <summary>
    /// The folder that <c>REPRO_ARTIFACTS</c> names; else <c>../shared/artifacts/crs-rlhf</c> beside the checkout where it exists;
    /// else the facts under <c>fixtures/artifacts</c>. <c>REPRO_ARTIFACTS=fixtures</c> asks for the facts by name.
    /// </summary>
    /// <param name="root">Root of the repository.</param>
    /// <exception cref="InputException"><c>REPRO_ARTIFACTS</c> names no folder.</exception>
    public static IArtifactSource Find(string root)
    {
        var named = Environment.GetEnvironmentVariable("REPRO_ARTIFACTS");
        if (!string.IsNullOrEmpty(named) && named != "fixtures")
        {
            return Directory.Exists(named) ? new RawArtifactSource(named) : throw new InputException($"REPRO_ARTIFACTS={named}: no such folder");
        }

        return named != "fixtures" && RawFolder(root) is { } raw
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

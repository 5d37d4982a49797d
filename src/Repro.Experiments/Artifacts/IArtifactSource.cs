namespace Repro.Experiments.Artifacts;

/// <summary>Where the facts of released files come from.</summary>
public interface IArtifactSource
{
    /// <summary>In words, for the evidence and the terminal.</summary>
    string Description { get; }

    /// <summary>The facts of a file, and the SHA-256 of the original.</summary>
    /// <typeparam name="TFacts">What kind of file it is.</typeparam>
    /// <param name="path">Path relative to the release, with forward slashes.</param>
    /// <exception cref="Claims.InputException">The file is missing or malformed.</exception>
    (TFacts Facts, string Sha256) Read<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>;
}

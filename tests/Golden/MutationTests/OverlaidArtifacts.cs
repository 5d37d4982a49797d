using Repro.Experiments.Artifacts;

namespace Repro.Tests.Golden.MutationTests;

/// <summary>The extracted facts with one file replaced.</summary>
/// <param name="original">The facts as committed.</param>
/// <param name="changed">A source that holds the changed file.</param>
/// <param name="path">Path of the changed file, relative to the release.</param>
internal sealed class OverlaidArtifacts(IArtifactSource original, IArtifactSource changed, string path) : IArtifactSource
{
    public string Description => original.Description;

    public (TFacts Facts, string Sha256) Read<TFacts>(string file)
        where TFacts : class, IFacts<TFacts> => file == path ? changed.Read<TFacts>(file) : original.Read<TFacts>(file);
}

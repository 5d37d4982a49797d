using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Tests.Golden.Claims;

/// <summary>A fact about the raw release; shown as skipped in a clone that lies beside no release.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReleaseFactAttribute : FactAttribute
{
    public ReleaseFactAttribute()
    {
        if (ArtifactSources.RawFolder(RepositoryRoot.Find()) is null)
        {
            Skip = "The released files are not there: put them in ../shared/artifacts/crs-rlhf.";
        }
    }
}

/// <summary>A fact about the numbers of the second reader, which stay outside the repository so that no spec can read them; shown as
/// skipped where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SecondReaderFactAttribute : FactAttribute
{
    public SecondReaderFactAttribute()
    {
        if (!Directory.Exists(Folder))
        {
            Skip = "The second reader's numbers are not there: put crs.yaml and adr.yaml in ../shared/claims.";
        }
    }

    internal static string Folder => Path.Combine(RepositoryRoot.Find(), "..", "shared", "claims");
}

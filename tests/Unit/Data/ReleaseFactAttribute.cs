namespace Repro.Tests.Unit.Data;

/// <summary>A fact about the released table of augmented ratings; shown as skipped in a clone that lies beside no release.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReleaseFactAttribute : FactAttribute
{
    public ReleaseFactAttribute()
    {
        if (!File.Exists(DataFolder.Artifact("rm_data_augment", "rm_augmented.csv")))
        {
            Skip = "The released table is not there: set REPRO_ARTIFACTS or put the release in ../shared/artifacts/crs-rlhf.";
        }
    }
}

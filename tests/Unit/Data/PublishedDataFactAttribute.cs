namespace Repro.Tests.Unit.Data;

/// <summary>A fact about a published file; shown as skipped in a clone that lies beside no data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PublishedDataFactAttribute : FactAttribute
{
    public PublishedDataFactAttribute()
    {
        if (!DataFolder.Exists)
        {
            Skip = $"The published data are not there: set {DataFolder.Variable} or put them in ../shared/data.";
        }
    }
}

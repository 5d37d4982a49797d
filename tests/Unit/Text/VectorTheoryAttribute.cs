namespace Repro.Tests.Unit.Text;

/// <summary>A theory over the vectors; without them it is shown as skipped, and one test states why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorTheoryAttribute : TheoryAttribute
{
    public VectorTheoryAttribute()
    {
        if (TextVectors.Folder == null)
        {
            Skip = "The vectors are not there: set REPRO_VECTORS or put them in ../shared/vectors.";
        }
    }
}

using Xunit;

namespace Repro.Tests.Shared.Vectors;

/// <summary>A theory over the reference vectors, shown as skipped where they are not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where the vectors are absent.</summary>
    public VectorTheoryAttribute()
    {
        Skip = VectorFolder.Absence;
    }
}

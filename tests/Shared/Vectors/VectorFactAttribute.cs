using Xunit;

namespace Repro.Tests.Shared.Vectors;

/// <summary>A fact about the reference vectors, shown as skipped where they are not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorFactAttribute : FactAttribute
{
    /// <summary>Skips where the vectors are absent.</summary>
    public VectorFactAttribute()
    {
        Skip = VectorFolder.Absence;
    }
}

using Repro.Tests.Shared.Vectors;
using Xunit;

namespace Repro.Tests.Shared.Cuda;

/// <summary>A theory over the reference vectors on a CUDA device, shown as skipped where either is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaVectorTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for a device.</summary>
    public CudaVectorTheoryAttribute()
    {
        Skip = VectorFolder.Absence ?? CudaDevice.Absence;
    }
}

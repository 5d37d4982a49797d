using Repro.Tests.Shared.Vectors;
using Xunit;

namespace Repro.Tests.Shared.Cuda;

/// <summary>A fact about the reference vectors on a CUDA device, shown as skipped where either is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaVectorFactAttribute : FactAttribute
{
    /// <summary>Looks for a device.</summary>
    public CudaVectorFactAttribute()
    {
        Skip = VectorFolder.Absence ?? CudaDevice.Absence;
    }
}

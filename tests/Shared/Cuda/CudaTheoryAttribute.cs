using Xunit;

namespace Repro.Tests.Shared.Cuda;

/// <summary>A theory about a CUDA device, shown as skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for a device.</summary>
    public CudaTheoryAttribute()
    {
        Skip = CudaDevice.Absence;
    }
}

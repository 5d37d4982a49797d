using Xunit;

namespace Repro.Tests.Shared.Cuda;

/// <summary>A fact about a CUDA device, shown as skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    /// <summary>Looks for a device.</summary>
    public CudaFactAttribute()
    {
        Skip = CudaDevice.Absence;
    }
}

using TorchSharp;

namespace Repro.Tests.Shared;

/// <summary>A theory about a CUDA device; where there is none it is shown as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for a device.</summary>
    public CudaTheoryAttribute()
    {
        if (!torch.cuda.is_available())
        {
            Skip = CudaFactAttribute.Absent;
        }
    }
}

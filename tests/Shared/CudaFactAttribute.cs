using TorchSharp;

namespace Repro.Tests.Shared;

/// <summary>A fact about a CUDA device; where there is none it is shown as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    internal const string Absent = "LibTorch sees no CUDA device here.";

    /// <summary>Looks for a device.</summary>
    public CudaFactAttribute()
    {
        if (!torch.cuda.is_available())
        {
            Skip = Absent;
        }
    }
}

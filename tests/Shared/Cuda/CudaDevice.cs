using Repro.Core.Hardware;
using TorchSharp;

namespace Repro.Tests.Shared.Cuda;

/// <summary>Whether tests of a CUDA device can run.</summary>
internal static class CudaDevice
{
    /// <summary>Why they cannot, or null.</summary>
    public static string? Absence => torch.cuda.is_available() ? null : "LibTorch sees no CUDA device here.";
}

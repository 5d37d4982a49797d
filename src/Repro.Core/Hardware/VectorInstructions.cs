using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Repro.Core.Hardware;

/// <summary>The vector instructions that decide which kernels LibTorch and its library of linear algebra choose on a processor.</summary>
public static class VectorInstructions
{
    /// <summary>
    /// The widest set of this processor: AVX-512, AVX2, AVX, AdvSimd or none. Sums are taken in another order by the kernels of another
    /// set, so that results differ in their last bits.
    /// </summary>
    public static string Widest => Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : Avx.IsSupported ? "AVX" : AdvSimd.IsSupported ? "AdvSimd" : "none";
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace TorchSharp.Interop;

/// <summary>
/// Which of its kernels OpenBLAS takes. It goes by the model number of the processor, and one older than the processor falls back to kernels without the instructions
/// of the last twenty years: OpenBLAS 0.3.21 on an Intel Xeon of 2023 multiplies at a quarter of its speed. The core that is named here is the one that OpenBLAS takes
/// itself on Intel processors that it knows.
/// </summary>
internal static partial class OpenBlasKernels
{
    internal const string Variable = "OPENBLAS_CORETYPE";

    /// <summary>Names the core, before OpenBLAS is loaded, unless the user has. Without effect on other libraries of linear algebra.</summary>
    internal static void Choose()
    {
        if (OperatingSystem.IsLinux() && X86Base.IsSupported && Environment.GetEnvironmentVariable(Variable) is null
            && Core(Vendor(), Avx512BW.VL.IsSupported && Avx512CD.IsSupported && Avx512DQ.IsSupported, Avx2.IsSupported && Fma.IsSupported) is { } core)
        {
            // The runtime's own environment is not that of native libraries.
            _ = SetVariable(Variable, core, 0);
        }
    }

    /// <summary>The core for a processor; null to leave the choice to OpenBLAS.</summary>
    internal static string? Core(string vendor, bool avx512, bool avx2) => vendor switch
    {
        "GenuineIntel" when avx512 => "SKYLAKEX",
        "GenuineIntel" when avx2 => "HASWELL",
        _ => null,
    };

    private static string Vendor()
    {
        var (_, first, third, second) = X86Base.CpuId(0, 0);
        Span<byte> text = stackalloc byte[12];
        MemoryMarshal.Write(text, in first);
        MemoryMarshal.Write(text[4..], in second);
        MemoryMarshal.Write(text[8..], in third);
        return Encoding.ASCII.GetString(text);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}

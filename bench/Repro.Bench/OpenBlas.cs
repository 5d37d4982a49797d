using System.Runtime.InteropServices;

namespace Repro.Bench;

/// <summary>What OpenBLAS says of itself.</summary>
internal static partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";

    /// <summary>The core whose kernels are in use; empty where LibTorch stands on another library.</summary>
    public static string Kernels()
    {
        try
        {
            return Marshal.PtrToStringUTF8(CoreName()) ?? string.Empty;
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            return string.Empty;
        }
    }

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint CoreName();
}

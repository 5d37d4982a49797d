using System.Runtime.InteropServices;

namespace Repro.Core.Hardware;

/// <summary>What OpenBLAS says of itself, where LibTorch multiplies its matrices with it.</summary>
public static partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";

    /// <summary>
    /// The core whose kernels are in use, such as SkylakeX; null where this process has not loaded OpenBLAS. Sums of products are rounded in another order by
    /// another core's kernels, so that results differ in their last bits.
    /// </summary>
    public static string? Kernels
    {
        get
        {
            // Asking for the name would load a library that LibTorch does not use.
            if (!Loaded())
            {
                return null;
            }

            try
            {
                return Marshal.PtrToStringUTF8(CoreName());
            }
            catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
            {
                return null;
            }
        }
    }

    private static bool Loaded()
    {
        try
        {
            return File.ReadLines("/proc/self/maps").Any(line => line.Contains("/libopenblas", StringComparison.Ordinal));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    private static partial nint CoreName();
}

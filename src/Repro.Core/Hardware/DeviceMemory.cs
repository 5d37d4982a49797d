using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Repro.Core.Hardware;

/// <summary>
/// What LibTorch's allocator holds on a CUDA device, in bytes. TorchSharp does not tell; the native library of this project does.
/// </summary>
/// <param name="Allocated">In tensors now.</param>
/// <param name="PeakAllocated">In tensors at most, since the start or <see cref="ResetPeak"/>.</param>
/// <param name="Reserved">Taken from the driver now, freed blocks that are kept for later included.</param>
/// <param name="PeakReserved">Taken from the driver at most, likewise.</param>
public sealed partial record DeviceMemory(long Allocated, long PeakAllocated, long Reserved, long PeakReserved)
{
    private const string Library = "reprotorch";

    /// <summary>The figures of a device; null for the CPU, and where the engine cannot tell (another provider of TorchSharp, or a LibTorch before 2.9 built without CUDA's headers).</summary>
    /// <param name="device">The device; without an index the current one.</param>
    public static DeviceMemory? Of(Device device)
    {
        Span<long> figures = stackalloc long[4];
        return Ask(device, figures, (index, values) => Memory(index, out MemoryMarshal.GetReference(values)))
            ? new DeviceMemory(figures[0], figures[1], figures[2], figures[3]) : null;
    }

    /// <summary>Lets the peaks begin again at what is in use now.</summary>
    /// <param name="device">The device; without an index the current one.</param>
    /// <returns>Whether that was done.</returns>
    public static bool ResetPeak(Device device) => Ask(device, [], (index, _) => ResetPeakMemory(index));

    /// <summary>Gives freed blocks back to the driver.</summary>
    /// <param name="device">The device.</param>
    /// <returns>Whether that was done.</returns>
    public static bool Release(Device device) => Ask(device, [], (_, _) => EmptyCache());

    private static bool Ask(Device device, Span<long> values, Question question)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.type != TorchSharp.DeviceType.CUDA)
        {
            return false;
        }

        try
        {
            return question(device.index, values) == 1;
        }
        catch (DllNotFoundException)
        {
            // Another provider of TorchSharp brings its own native library.
            return false;
        }
    }

    [LibraryImport(Library, EntryPoint = "repro_cuda_memory")]
    private static partial int Memory(int device, out long first);

    [LibraryImport(Library, EntryPoint = "repro_cuda_reset_peak_memory")]
    private static partial int ResetPeakMemory(int device);

    [LibraryImport(Library, EntryPoint = "repro_cuda_empty_cache")]
    private static partial int EmptyCache();

    private delegate int Question(int device, Span<long> values);
}

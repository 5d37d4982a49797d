using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>What factories use when the caller names nothing: process-wide settings, as in LibTorch.</summary>
internal static class Defaults
{
    private static Device? s_device;

    /// <summary>The device set by the caller, or null, which LibTorch reads as the CPU.</summary>
    public static Device? Device
    {
        get => Volatile.Read(ref s_device);
        set => Volatile.Write(ref s_device, value);
    }
}

using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Settings of the whole process.</content>
public static partial class torch
{
    /// <summary>The version of LibTorch that the native library was built against.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(NativeMethods.repro_libtorch_version())!;

    public static int get_num_threads() => NativeError.ThrowIfFailed(NativeMethods.repro_threads());

    /// <summary>The number of threads that one operator may use, matrix products of OpenBLAS included.</summary>
    public static void set_num_threads(int num) => NativeError.ThrowIfFailed(NativeMethods.repro_set_threads(num));

    public static int get_num_interop_threads() => NativeError.ThrowIfFailed(NativeMethods.repro_interop_threads());

    public static void set_num_interop_threads(int num) => NativeError.ThrowIfFailed(NativeMethods.repro_set_interop_threads(num));

    public static Device get_default_device() => Defaults.Device ?? CPU;

    public static void set_default_device(Device device) => Defaults.Device = device;

    public static void set_default_device(string device) => Defaults.Device = new Device(device);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);

    /// <exception cref="InvalidOperationException">The device is not there.</exception>
    public static Device InitializeDevice(Device? device)
    {
        var chosen = device ?? get_default_device();
        InitializeDeviceType(chosen.type);
        return chosen;
    }

    /// <exception cref="InvalidOperationException">There is no device of this type.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException($"There is no device of type {deviceType} here.");
        }
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.CPU or DeviceType.META => true,
        DeviceType.CUDA => cuda.is_available(),
        _ => false,
    };
}

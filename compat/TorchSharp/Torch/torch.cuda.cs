using TorchSharp.Interop;

namespace TorchSharp;

/// <content>CUDA devices.</content>
public static partial class torch
{
    public static bool cuda_is_available() => cuda.is_available();

    public static bool mps_is_available() => false;

    /// <summary>CUDA devices. Without CUDA in LibTorch, or without a device, there are none.</summary>
    public static partial class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static bool is_cudnn_available() => is_available() && NativeError.ThrowIfFailed(NativeMethods.repro_cudnn_available()) != 0;

        public static int device_count() => NativeError.ThrowIfFailed(NativeMethods.repro_cuda_device_count());

        /// <summary>Waits until the device has done everything asked of it.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">There is no such device.</exception>
        public static void synchronize(Device? device = null) => NativeError.ThrowIfFailed(NativeMethods.repro_cuda_synchronize(device?.index ?? -1));

        /// <summary>Seeds the current CUDA device; does nothing without one.</summary>
        public static void manual_seed(long seed)
        {
            if (is_available())
            {
                using var generator = Generator.DefaultOf(CUDA);
                generator.manual_seed(seed);
            }
        }

        /// <summary>Seeds every CUDA device; does nothing without one.</summary>
        public static void manual_seed_all(long seed)
        {
            for (var i = 0; i < device_count(); i++)
            {
                using var generator = Generator.DefaultOf(new Device(DeviceType.CUDA, i));
                generator.manual_seed(seed);
            }
        }
    }
}

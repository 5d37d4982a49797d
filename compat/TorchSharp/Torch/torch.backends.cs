using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Settings of the libraries below LibTorch.</summary>
    public static partial class backends
    {
        public static partial class cuda
        {
            /// <summary>Whether attention may use the plain implementation.</summary>
            public static void enable_math_sdp(bool enable) => NativeError.ThrowIfFailed(NativeMethods.repro_set_sdp(enable ? 1 : 0, NativeMethods.repro_sdp_flash()));

            public static bool math_sdp_enabled() => NativeError.ThrowIfFailed(NativeMethods.repro_sdp_math()) != 0;

            /// <summary>Whether attention may use the fused implementation.</summary>
            public static void enable_flash_sdp(bool enable) => NativeError.ThrowIfFailed(NativeMethods.repro_set_sdp(NativeMethods.repro_sdp_math(), enable ? 1 : 0));

            public static bool flash_sdp_enabled() => NativeError.ThrowIfFailed(NativeMethods.repro_sdp_flash()) != 0;

            public static partial class matmul
            {
                /// <summary>Whether products of float matrices may be computed with 10 bits of mantissa.</summary>
                public static bool allow_tf32
                {
                    get => NativeError.ThrowIfFailed(NativeMethods.repro_tf32_matmul()) != 0;
                    set => NativeError.ThrowIfFailed(NativeMethods.repro_set_tf32_matmul(value ? 1 : 0));
                }
            }
        }

        public static partial class cudnn
        {
            public static bool allow_tf32
            {
                get => NativeError.ThrowIfFailed(NativeMethods.repro_tf32_cudnn()) != 0;
                set => NativeError.ThrowIfFailed(NativeMethods.repro_set_tf32_cudnn(value ? 1 : 0));
            }
        }
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Short-time Fourier transforms.</content>
    public partial class Tensor
    {
        public Tensor istft(long n_fft, long hop_length = -1, long win_length = -1, Tensor? window = null, bool center = true, bool normalized = false, bool? onesided = null, long length = -1, bool return_complex = false) => Aten.istft.One(this, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex);
    }
}

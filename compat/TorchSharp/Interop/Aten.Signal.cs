namespace TorchSharp.Interop;

/// <content>Operators: short-time Fourier transforms.</content>
internal static partial class Aten
{
    public static readonly Op istft = new("istft");
}

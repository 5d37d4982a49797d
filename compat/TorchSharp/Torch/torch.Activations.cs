using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Activation functions. As functions of their first argument.</content>
public static partial class torch
{
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => Aten.softmax_int.One(input, dim, dtype);
}

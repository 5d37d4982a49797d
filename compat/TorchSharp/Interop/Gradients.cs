using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Calls of the autograd engine.</summary>
internal static unsafe class Gradients
{
    /// <summary>Accumulates the gradients of <paramref name="roots"/> in the leaves, or in <paramref name="inputs"/> alone.</summary>
    public static void Backward(IList<Tensor> roots, IList<Tensor>? gradients, bool retainGraph, bool createGraph, IList<Tensor>? inputs)
    {
        var rootHandles = Handles(roots);
        var gradientHandles = Handles(gradients);
        var inputHandles = Handles(inputs);
        fixed (nint* root = rootHandles)
        fixed (nint* gradient = gradientHandles)
        fixed (nint* input = inputHandles)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_backward(
                root, rootHandles.Length, gradient, gradientHandles.Length, retainGraph ? 1 : 0, createGraph ? 1 : 0, input, inputHandles.Length));
        }

        GC.KeepAlive(roots);
        GC.KeepAlive(gradients);
        GC.KeepAlive(inputs);
    }

    /// <summary>The gradients of <paramref name="outputs"/> with respect to <paramref name="inputs"/>; null for an unused input where that is allowed.</summary>
    public static Tensor[] Grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? gradients, bool retainGraph, bool createGraph, bool allowUnused)
    {
        var outputHandles = Handles(outputs);
        var inputHandles = Handles(inputs);
        var gradientHandles = Handles(gradients);
        var results = new nint[inputHandles.Length];
        fixed (nint* output = outputHandles)
        fixed (nint* input = inputHandles)
        fixed (nint* gradient = gradientHandles)
        fixed (nint* result = results)
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_grad(
                output, outputHandles.Length, input, inputHandles.Length, gradient, gradientHandles.Length, retainGraph ? 1 : 0, createGraph ? 1 : 0, allowUnused ? 1 : 0, result));
        }

        GC.KeepAlive(outputs);
        GC.KeepAlive(inputs);
        GC.KeepAlive(gradients);
        return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
    }

    private static nint[] Handles(IList<Tensor>? tensors)
    {
        if (tensors is null)
        {
            return [];
        }

        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = tensors[i]?.Handle ?? 0;
        }

        return handles;
    }
}

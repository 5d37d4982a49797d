using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module trains.</summary>
public class Parameter : Tensor
{
    /// <summary>
    /// Takes over a tensor: <paramref name="data"/> is empty afterwards, its dispose scope owns the parameter.
    /// A tensor that was computed with gradient is cut from its graph.
    /// </summary>
    /// <exception cref="InvalidOperationException"><paramref name="data"/> is disposed.</exception>
    public Parameter(Tensor data, bool requires_grad = true)
        : this(((IScopedDisposable)data).OwningScope, Take(data, requires_grad))
    {
    }

    private Parameter(DisposeScope? scope, nint handle)
        : base(handle)
    {
        MoveToOtherDisposeScope(scope);
    }

    private static nint Take(Tensor data, bool requiresGrad)
    {
        if (data.is_leaf)
        {
            data.requires_grad = requiresGrad;
            return data.DecoupleFromNativeHandle();
        }

        Tensor leaf = data.detach();
        data.Dispose();
        leaf.requires_grad = requiresGrad;
        return leaf.DecoupleFromNativeHandle();
    }
}

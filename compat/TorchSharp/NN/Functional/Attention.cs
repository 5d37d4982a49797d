using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Scaled dot-product attention under the name that this LibTorch knows it by.</summary>
internal static class Attention
{
    // Asked once: looking for an operator that is absent costs an exception with a backtrace in native code.
    private static readonly bool _isPublic = Ops.Attention.Exists;

    internal static Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout, bool causal)
    {
        if (_isPublic)
        {
            return Ops.Attention.One(query, key, value, mask, dropout, causal);
        }

        // LibTorch before 2.0 also returns the attention weights.
        (Tensor result, Tensor weights) = Ops.AttentionOf113.Two(query, key, value, mask, dropout, false, causal);
        weights?.Dispose();
        return result;
    }
}

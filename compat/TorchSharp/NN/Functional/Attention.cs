using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Scaled dot-product attention under the name that this LibTorch knows it by.</summary>
internal static class Attention
{
    internal static Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropout, bool causal)
    {
        if (Ops.Attention.Exists)
        {
            return Ops.Attention.One(query, key, value, mask, dropout, causal);
        }

        // LibTorch before 2.0 also returns the attention weights.
        (Tensor result, Tensor weights) = Ops.AttentionOf113.Two(query, key, value, mask, dropout, false, causal);
        weights?.Dispose();
        return result;
    }
}

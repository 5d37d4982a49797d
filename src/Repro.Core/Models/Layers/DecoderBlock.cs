using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>One block: [batch, count, width] to the same, or to the columns alone that ask.</summary>
internal abstract class DecoderBlock(string name) : NamedModule(name)
{
    internal abstract Tensor Forward(Tensor hidden, ForwardContext context);

    /// <summary>[batch, count, heads * size] to [batch, heads, count, size].</summary>
    private protected static Tensor SplitHeads(Tensor x, long heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
}

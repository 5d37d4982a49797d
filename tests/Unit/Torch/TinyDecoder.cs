using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>The decoder of bench/python/torch_fixtures.py: ids (batch, length) to logits (batch, length, vocabulary).</summary>
internal sealed class TinyDecoder : nn.Module<Tensor, Tensor>
{
    private readonly Embedding tokens;
    private readonly Embedding positions;
    private readonly ModuleList<TinyBlock> blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    public TinyDecoder(long vocabulary, long width, long heads, int layers, long length)
        : base(nameof(TinyDecoder))
    {
        tokens = nn.Embedding(vocabulary, width);
        positions = nn.Embedding(length, width);
        blocks = nn.ModuleList(Enumerable.Range(0, layers).Select(_ => new TinyBlock(width, heads)).ToArray());
        norm = nn.LayerNorm(width);
        head = nn.Linear(width, vocabulary, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var hidden = tokens.call(ids).add(positions.call(arange(ids.shape[1], device: ids.device)));
        foreach (var block in blocks)
        {
            hidden = block.call(hidden);
        }

        return head.call(norm.call(hidden)).MoveToOuterDisposeScope();
    }
}

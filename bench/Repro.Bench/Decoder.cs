using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Bench;

/// <summary>A causal decoder: token ids (batch, length) to logits (batch, length, vocabulary). Its twin is in bench/decoder.py.</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly Embedding tokens;
    private readonly Embedding positions;
    private readonly ModuleList<DecoderBlock> blocks;
    private readonly LayerNorm norm;
    private readonly Linear head;

    public Decoder(long vocabulary, long width, long heads, int layers, long length)
        : base(nameof(Decoder))
    {
        tokens = nn.Embedding(vocabulary, width);
        positions = nn.Embedding(length, width);
        blocks = nn.ModuleList(Enumerable.Range(0, layers).Select(_ => new DecoderBlock(width, heads)).ToArray());
        norm = nn.LayerNorm(width);
        head = nn.Linear(width, vocabulary, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        using var places = arange(ids.shape[1]);
        using var tokenPart = tokens.call(ids);
        using var placePart = positions.call(places);
        var hidden = tokenPart.add(placePart);
        foreach (var block in blocks)
        {
            using var before = hidden;
            hidden = block.call(before);
        }

        using var last = hidden;
        using var normalised = norm.call(last);
        return head.call(normalised);
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>One layer of <see cref="TinyDecoder"/>.</summary>
internal sealed class TinyBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly Linear qkv;
    private readonly Linear @out;
    private readonly LayerNorm norm2;
    private readonly Linear up;
    private readonly Linear down;
    private readonly long _heads;

    public TinyBlock(long width, long heads)
        : base(nameof(TinyBlock))
    {
        _heads = heads;
        norm1 = nn.LayerNorm(width);
        qkv = nn.Linear(width, 3 * width, hasBias: false);
        @out = nn.Linear(width, width);
        norm2 = nn.LayerNorm(width);
        up = nn.Linear(width, 4 * width);
        down = nn.Linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var split = qkv.call(norm1.call(x)).view(batch, length, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4);
        var mixed = nn.functional.scaled_dot_product_attention(split.select(0, 0), split.select(0, 1), split.select(0, 2), is_casual: true);
        var middle = x.add(@out.call(mixed.transpose(1, 2).reshape(batch, length, width)));
        return middle.add(down.call(nn.functional.gelu(up.call(norm2.call(middle))))).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Bench;

/// <summary>One layer of <see cref="Decoder"/>: attention and a perceptron, both on normalised input, both added to it.</summary>
internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly Linear qkv;
    private readonly Linear @out;
    private readonly LayerNorm norm2;
    private readonly Linear up;
    private readonly Linear down;
    private readonly long _heads;

    public DecoderBlock(long width, long heads)
        : base(nameof(DecoderBlock))
    {
        _heads = heads;
        norm1 = nn.LayerNorm(width);
        qkv = nn.Linear(width, 3 * width);
        @out = nn.Linear(width, width);
        norm2 = nn.LayerNorm(width);
        up = nn.Linear(width, 4 * width);
        down = nn.Linear(4 * width, width);
        RegisterComponents();
    }

    /// <summary>(batch, length, width) to the same shape.</summary>
    public override Tensor forward(Tensor x)
    {
        using var mixed = Attention(x);
        using var attended = @out.call(mixed);
        using var middle = x.add(attended);
        using var normalised = norm2.call(middle);
        using var wide = up.call(normalised);
        using var active = nn.functional.gelu(wide);
        using var narrow = down.call(active);
        return middle.add(narrow);
    }

    private Tensor Attention(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var split = qkv.call(norm1.call(x)).view(batch, length, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
        var mixed = nn.functional.scaled_dot_product_attention(split[0], split[1], split[2], is_casual: true);
        return mixed.transpose(1, 2).reshape(batch, length, width).MoveToOuterDisposeScope();
    }
}

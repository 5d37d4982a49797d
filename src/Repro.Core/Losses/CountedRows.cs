using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>The rows of a [batch, time, width] tensor that a mask counts, and the way back to [batch, time].</summary>
internal sealed class CountedRows
{
    private readonly long[] _shape;
    private readonly Tensor? _index;

    private CountedRows(long[] shape, Tensor? index, Tensor values)
    {
        _shape = shape;
        _index = index;
        Values = values;
    }

    /// <summary>Shape [counted, width]; a view where every position counts.</summary>
    public Tensor Values { get; }

    public static CountedRows Pick(Tensor table, Tensor? mask)
    {
        var (batch, time, width) = (table.shape[0], table.shape[1], table.shape[2]);
        var index = mask is null ? null : Index(mask, batch, time);
        var flat = table.reshape(batch * time, width);
        return new CountedRows([batch, time], index, index is null ? flat : flat.index_select(0, index));
    }

    /// <summary>The same positions of a [batch, time] tensor, shape [counted].</summary>
    public Tensor Pick(Tensor tokens)
    {
        var flat = tokens.reshape(-1);
        return _index is null ? flat : flat.index_select(0, _index);
    }

    /// <summary>Puts [counted] back to [batch, time], 0 elsewhere.</summary>
    public Tensor Spread(Tensor values) =>
        _index is null
            ? values.reshape(_shape)
            : zeros(_shape[0] * _shape[1], values.dtype, values.device).index_copy(0, _index, values).reshape(_shape);

    private static Tensor? Index(Tensor mask, long batch, long time)
    {
        var index = Guard.Mask(mask, nameof(mask), batch, time).reshape(-1).nonzero().squeeze(1);
        return index.shape[0] == batch * time ? null : index;
    }
}

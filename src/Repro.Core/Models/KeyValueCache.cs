using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Keys and values of past positions: room for all of them is taken once, and each step writes its own in place.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>Takes the room.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Most positions.</param>
    /// <param name="dtype">Element type of the model.</param>
    /// <param name="device">Device of the model.</param>
    public KeyValueCache(ModelConfig config, long batch, long capacity, ScalarType dtype, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        Capacity = capacity;
        Tensor Room() =>
            zeros([batch, config.KeyValueHeads, capacity, config.HeadSize], dtype: dtype, device: device).DetachFromDisposeScope();
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => Room())];
        _values = [.. Enumerable.Range(0, config.Layers).Select(_ => Room())];
    }

    /// <summary>Most positions.</summary>
    public long Capacity { get; }

    /// <summary>Positions written so far.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Writes one layer's keys and values [batch, heads, new, size] and gives all of that layer up to now.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var count = keys.shape[2];
        using (var room = _keys[layer].narrow(2, Length, count))
        {
            room.copy_(keys);
        }

        using (var room = _values[layer].narrow(2, Length, count))
        {
            room.copy_(values);
        }

        return (_keys[layer].narrow(2, 0, Length + count), _values[layer].narrow(2, 0, Length + count));
    }

    internal void Advance(long count) => Length += count;

    /// <summary>Forgets all rows but some.</summary>
    /// <param name="rows">Those that stay, int64 [rows].</param>
    internal void Keep(Tensor rows)
    {
        foreach (var kept in new[] { _keys, _values })
        {
            for (var layer = 0; layer < kept.Length; layer++)
            {
                using var all = kept[layer];
                kept[layer] = all.index_select(0, rows).DetachFromDisposeScope();
            }
        }
    }
}

/// <summary>Where the rows of a padded batch end, and what stands there.</summary>
internal static class RowEnds
{
    /// <summary>The last position of each row whose mask is not 0, whatever the side of the padding and the ids there.</summary>
    /// <param name="mask">[batch, count].</param>
    /// <returns>[batch], int64.</returns>
    /// <exception cref="ReproException">A row has no real token.</exception>
    internal static Tensor LastReal(Tensor mask)
    {
        using var scope = NewDisposeScope();
        // Positions counted from 1 where the mask is 1: the largest is the last real token.
        var last = mask.ne(0).to(ScalarType.Int64).mul(arange(1, mask.shape[1] + 1, dtype: ScalarType.Int64, device: mask.device))
            .amax([1]);
        var empty = last.eq(0).nonzero();
        if (empty.shape[0] > 0)
        {
            throw new ReproException(Invariant($"Row {empty[0, 0].item<long>()} of the batch has no real token; it cannot be scored."));
        }

        return last.sub(1).MoveToOuterDisposeScope();
    }

    /// <summary>The values of some positions of each row.</summary>
    /// <param name="values">[batch, count, width].</param>
    /// <param name="places">[batch, some], int64.</param>
    /// <returns>[batch, some, width].</returns>
    internal static Tensor At(Tensor values, Tensor places)
    {
        if (places.dim() != 2 || places.shape[0] != values.shape[0])
        {
            // A gather would take fewer rows without a word.
            throw new ArgumentException(
                Invariant($"Positions [{values.shape[0]}, some] were expected, found [{InvariantText.Join(", ", places.shape)}]."),
                nameof(places));
        }

        using var index = places.unsqueeze(2);
        using var wide = index.expand(-1, -1, values.shape[2]);
        return values.gather(1, wide);
    }
}

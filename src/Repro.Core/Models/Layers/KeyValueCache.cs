using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

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
        Tensor Room() => zeros([batch, config.KeyValueHeads, capacity, config.HeadSize], dtype: dtype, device: device).DetachFromDisposeScope();
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
}

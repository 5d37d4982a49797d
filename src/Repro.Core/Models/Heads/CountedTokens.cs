using Repro.Core.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Models.Heads;

/// <summary>The tokens of a batch that count and the positions that predict them. Its tensors belong to the scope it was made in.</summary>
internal sealed class CountedTokens
{
    private readonly long _batch;
    private readonly long _time;
    private readonly Tensor _index;

    internal CountedTokens(Tensor hidden, Tensor tokens, Tensor mask, long vocabulary)
    {
        Guard.Shape(hidden, nameof(hidden), Guard.Any, Guard.Any, Guard.Any);
        (_batch, _time) = (hidden.shape[0], hidden.shape[1]);
        Guard.Shape(tokens, nameof(tokens), _batch, _time);
        if (tokens.dtype != ScalarType.Int64 || _time < 2)
        {
            throw new ReproException($"tokens have dtype {tokens.dtype} and {_time} positions; Int64 and at least two positions were expected.");
        }

        var counted = Guard.Mask(mask, nameof(mask), _batch, _time).narrow(1, 1, _time - 1);
        _index = counted.reshape(-1).nonzero().squeeze(1);
        // Index i of [batch, time - 1] lies in row i / (time - 1); every row of [batch, time] is one longer.
        Positions = _index + _index.div(_time - 1, RoundingMode.floor);
        Targets = tokens.reshape(-1).index_select(0, Positions + 1);
        Count = _index.shape[0];
        RequireKnown(vocabulary);
    }

    /// <summary>How many count.</summary>
    internal long Count { get; }

    /// <summary>Where the predicting hidden states are in [batch * time], [count].</summary>
    internal Tensor Positions { get; }

    /// <summary>The tokens that count, [count].</summary>
    internal Tensor Targets { get; }

    /// <summary>Puts [count] to [batch, time - 1], 0 elsewhere.</summary>
    internal Tensor Spread(Tensor values) =>
        zeros([_batch * (_time - 1)], dtype: values.dtype, device: values.device).index_copy_(0, _index, values).view(_batch, _time - 1);

    /// <summary>Takes [count] out of [batch, time - 1].</summary>
    internal Tensor Pick(Tensor values)
    {
        Guard.Shape(values, nameof(values), _batch, _time - 1);
        return values.reshape(-1).index_select(0, _index);
    }

    private void RequireKnown(long vocabulary)
    {
        if (Count == 0)
        {
            return;
        }

        var (low, high) = (Targets.min().ToInt64(), Targets.max().ToInt64());
        if (low < 0 || high >= vocabulary)
        {
            throw new ReproException($"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected.");
        }
    }
}

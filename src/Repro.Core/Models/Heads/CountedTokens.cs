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
        Guard.Shape(tokens, nameof(tokens), hidden.shape[0], tokens.dim() == 2 ? Math.Max(tokens.shape[1], hidden.shape[1]) : hidden.shape[1]);
        (_batch, _time) = (tokens.shape[0], tokens.shape[1]);
        var first = _time - hidden.shape[1];
        if (tokens.dtype != ScalarType.Int64 || _time < 2)
        {
            throw new ReproException(Invariant($"tokens have dtype {tokens.dtype} and {_time} positions; Int64 and at least two positions were expected."));
        }

        var counted = Guard.Mask(mask, nameof(mask), _batch, _time).narrow(1, 1, _time - 1);
        _index = counted.reshape(-1).nonzero().squeeze(1);
        // Index i of [batch, time - 1] lies in row i / (time - 1); every row of [batch, time] is one longer, and of [batch, time - first] so much shorter.
        var row = _index.div(_time - 1, RoundingMode.floor);
        var places = _index + row;
        Targets = tokens.reshape(-1).index_select(0, places + 1);
        Positions = first == 0 ? places : places - ((row + 1) * first);
        Count = _index.shape[0];
        RequireKnown(vocabulary);
        if (first != 0 && Count > 0 && (places.remainder(_time) - first).min().ToInt64() < 0)
        {
            throw new ReproException(Invariant($"hidden states are there for the last {hidden.shape[1]} of {_time} columns, and a token counts that is predicted before them."));
        }
    }

    /// <summary>How many count.</summary>
    internal long Count { get; }

    /// <summary>Where the predicting hidden states are in [batch * columns], [count].</summary>
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
            throw new ReproException(Invariant($"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected."));
        }
    }
}

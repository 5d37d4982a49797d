using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Some counted positions with the distribution over the vocabulary at each. Its tensors belong to the scope it was made
/// in.</summary>
internal sealed class HeadChunk
{
    // Below this a probability in single precision has lost digits; its logarithm is taken another way.
    private const double SmallestExact = 1e-30;

    private readonly LanguageModel _model;
    private readonly double _temperature;
    private readonly Tensor _rows;
    private readonly Tensor _targets;
    private readonly Tensor? _logits;
    private readonly Tensor? _capped;
    private readonly Tensor _table;

    /// <param name="model">Its head, with the adapter that is active.</param>
    /// <param name="rows">Hidden states [n, width], without graph, divided by the temperature.</param>
    /// <param name="targets">Tokens [n].</param>
    /// <param name="differentiable">Whether <see cref="Backward"/> will follow.</param>
    /// <param name="temperature">What logits are divided by.</param>
    /// <param name="entropies">Whether entropies are wanted.</param>
    internal HeadChunk(
        LanguageModel model, Tensor rows, Tensor targets, bool differentiable, double temperature, bool entropies = false)
    {
        (_model, _temperature, _targets) = (model, temperature, targets.unsqueeze(1));
        var recorded = differentiable && model.HeadIsAdapted;
        _rows = recorded ? rows.detach().requires_grad_() : rows;
        var logits = Logits(recorded);
        var values = logits.detach();
        var wide = Wide(logits.dtype);
        _table = values.softmax(1, wide);
        var likelihoods = _table.gather(1, _targets).squeeze(1);
        LogProbs = likelihoods.min().ToDouble() >= SmallestExact ? likelihoods.log() : FromLogits(values.to(wide));
        if (entropies)
        {
            // Entropy = log of the normaliser less the mean logit.
            var normaliser = values.gather(1, _targets).squeeze(1).to(wide) - LogProbs;
            Entropies = normaliser - (_table * values).sum([1]);
        }

        if (recorded)
        {
            _logits = logits;
        }
        else if (differentiable && model.Config.LogitCap is not null)
        {
            _capped = values;
        }
        else
        {
            logits.Dispose();
        }
    }

    /// <summary>[n], in single precision at least.</summary>
    internal Tensor LogProbs { get; }

    /// <summary>[n]; null where they were not asked for.</summary>
    internal Tensor? Entropies { get; }

    /// <summary>Bytes of what a chunk keeps of one logit: its probability, and itself where it is capped.</summary>
    internal static long EntryBytes(LanguageModel model)
    {
        var wide = Wide(model.Dtype).ElementSize();
        return model.Config.LogitCap is null ? wide : wide + model.Dtype.ElementSize();
    }

    /// <summary>What numbers of half precision are widened to.</summary>
    internal static ScalarType Wide(ScalarType type) => type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>Adds the gradient of the head's parameters. The distribution is used up.</summary>
    /// <param name="upstream">Gradient of the log-probabilities [n].</param>
    /// <returns>The gradient of the rows [n, width].</returns>
    internal Tensor Backward(Tensor upstream)
    {
        // d log p(target) / d logits = onehot - p. The factor of a row goes to the narrow side of the products: less to multiply.
        var minusOne = full([_targets.shape[0], 1], -1, dtype: _table.dtype, device: _table.device);
        var wide = _table.scatter_add_(1, _targets, minusOne);
        if (_capped is not null)
        {
            SoftCap.Backward(wide, _capped, _model.LogitCapAt(_temperature)!.Value);
        }

        var slope = wide.to(_rows.dtype);
        var factor = upstream.neg().unsqueeze(1).to(_rows.dtype);
        if (_logits is not null)
        {
            _logits.backward([slope.mul_(factor)]);
            return _rows.grad!;
        }

        var weight = _model.HeadWeight;
        if (weight.requires_grad)
        {
            AddGradient(weight, slope, _rows * factor);
        }

        return slope.matmul(weight.detach()).mul_(factor);
    }

    private static void AddGradient(Parameter weight, Tensor slope, Tensor rows)
    {
        if (weight.grad is { } gradient)
        {
            gradient.addmm_(slope.t(), rows);
            return;
        }

        weight.grad = slope.t().matmul(rows);
    }

    private Tensor Logits(bool recorded)
    {
        using var mode = set_grad_enabled(recorded);
        return _model.LogitsOf(_rows, _temperature);
    }

    private Tensor FromLogits(Tensor wide) => wide.gather(1, _targets).squeeze(1) - wide.logsumexp(1);
}

/// <summary>The tokens of a batch that count and the positions that predict them. Its tensors belong to the scope it was made in.</summary>
internal sealed class CountedTokens
{
    private readonly long _batch;
    private readonly long _time;
    private readonly Tensor _index;

    internal CountedTokens(Tensor hidden, Tensor tokens, Tensor mask, long vocabulary)
    {
        TensorChecks.Shape(hidden, nameof(hidden), TensorChecks.Any, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Shape(
            tokens, nameof(tokens), hidden.shape[0], tokens.dim() == 2 ? Math.Max(tokens.shape[1], hidden.shape[1]) : hidden.shape[1]);
        (_batch, _time) = (tokens.shape[0], tokens.shape[1]);
        var first = _time - hidden.shape[1];
        if (tokens.dtype != ScalarType.Int64 || _time < 2)
        {
            throw new ReproException(
                Invariant($"tokens have dtype {tokens.dtype} and {_time} positions; Int64 and at least two positions were expected."));
        }

        var counted = TensorChecks.Mask(mask, nameof(mask), _batch, _time).narrow(1, 1, _time - 1);
        _index = counted.reshape(-1).nonzero().squeeze(1);
        // Index i of [batch, time - 1] lies in row i / (time - 1); every row of [batch, time] is one longer, and of [batch, time - first]
        // so much shorter.
        var row = _index.div(_time - 1, RoundingMode.floor);
        var places = _index + row;
        Targets = tokens.reshape(-1).index_select(0, places + 1);
        Positions = first == 0 ? places : places - ((row + 1) * first);
        Count = _index.shape[0];
        RequireKnown(vocabulary);
        if (first != 0 && Count > 0 && (places.remainder(_time) - first).min().ToInt64() < 0)
        {
            throw new ReproException(
                Invariant($"hidden states are there for the last {hidden.shape[1]} of {_time} columns, ")
                    + "and a token counts that is predicted before them.");
        }
    }

    /// <summary>How many count.</summary>
    internal long Count { get; }

    /// <summary>Where the predicting hidden states are in [batch * columns], [count].</summary>
    internal Tensor Positions { get; }

    /// <summary>The tokens that count, [count].</summary>
    internal Tensor Targets { get; }

    /// <summary>Puts [count] to [batch, time - 1], 0 elsewhere.</summary>
    internal Tensor Scatter(Tensor values) =>
        zeros([_batch * (_time - 1)], dtype: values.dtype, device: values.device).index_copy_(0, _index, values).view(_batch, _time - 1);

    /// <summary>Takes [count] out of [batch, time - 1].</summary>
    internal Tensor Pick(Tensor values)
    {
        TensorChecks.Shape(values, nameof(values), _batch, _time - 1);
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
            throw new ReproException(
                Invariant(
                    $"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected."));
        }
    }
}

using Repro.Core.Configuration;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// Log-probabilities of tokens from hidden states, and their gradients, without a table of [batch, time, vocabulary]: only counted
/// positions go through the head, some at a time, and the gradient of the logits (onehot - softmax) is formed directly. Sums and logarithms
/// are taken in single precision at least, also where the model computes in half.
/// </summary>
/// <remarks>
/// Index t of a result [batch, time - 1] belongs to token t + 1 and the hidden state at position t; it is 0 where that token does not
/// count. Hidden states at other positions have no influence, NaN included; those of the first columns may be left out where no token
/// after them counts, as <c>first</c> of <see cref="DecoderModel.Hidden"/> does. An adapter on the head is honoured, except that its
/// dropout must be 0.
/// </remarks>
/// <param name="model">The model whose head is used; where its parameters require gradients they receive them.</param>
/// <param name="memory">How much memory tables may take.</param>
public sealed class HeadLogProbs(LanguageModel model, HeadMemory? memory = null)
{
    private readonly LanguageModel _model = model ?? throw new ArgumentNullException(nameof(model));
    private readonly HeadMemory _memory = memory ?? new HeadMemory();

    /// <summary>Log-probabilities without graph.</summary>
    /// <param name="hidden">Hidden states after the last norm, [batch, time, width], or of the last columns alone.</param>
    /// <param name="tokens">int64, [batch, time].</param>
    /// <param name="mask">[batch, time], 1 where the TOKEN counts; the one at position 0 is never predicted.</param>
    /// <returns>[batch, time - 1], float32 (float64 in a model of float64).</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, or a counted token is outside the vocabulary.</exception>
    public Tensor Of(Tensor hidden, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Values(hidden, tokens, mask, entropies: false).LogProbs.MoveToOuterDisposeScope();
    }

    /// <summary>Log-probabilities, and the entropies in nats of the distributions that they come from, without graph.</summary>
    /// <inheritdoc cref="Of"/>
    public (Tensor LogProbs, Tensor Entropies) WithEntropies(Tensor hidden, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (logProbs, entropies) = Values(hidden, tokens, mask, entropies: true);
        return (logProbs.MoveToOuterDisposeScope(), entropies!.MoveToOuterDisposeScope());
    }

    /// <summary>Log-probabilities for a loss of them: backward of the loss first, then <see cref="HeadPass.Backward"/>.</summary>
    /// <param name="hidden">As in <see cref="Of"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Of"/>.</param>
    /// <param name="mask">As in <see cref="Of"/>.</param>
    /// <returns>Its tensors belong to the current scope.</returns>
    /// <exception cref="ReproException">As in <see cref="Of"/>.</exception>
    /// <exception cref="InvalidOperationException">The active adapter acts on the head with dropout.</exception>
    public HeadPass Forward(Tensor hidden, Tensor tokens, Tensor mask)
    {
        var counted = Prepare(hidden, tokens, mask);
        var rows = Rows(hidden, counted);
        var size = HeadChunk.EntryBytes(hidden.dtype);
        var kept = !_model.HeadIsAdapted && counted.Count * _model.Config.VocabularySize * size <= _memory.KeptBytes ? new List<HeadChunk>() : null;
        var parts = new List<Tensor>();
        foreach (var chunk in Chunks(counted.Count, size))
        {
            if (kept is null)
            {
                parts.Add(LogProbs(rows, counted, chunk));
                continue;
            }

            kept.Add(New(rows, counted, chunk, differentiable: true));
            parts.Add(kept[^1].LogProbs);
        }

        return new HeadPass(this, hidden, rows, counted, kept, counted.Spread(Join(parts, hidden)).requires_grad_());
    }

    /// <summary>Adds the gradients of the head, and takes those of the hidden states to the model before it.</summary>
    internal void Backward(HeadPass pass, Tensor? ofHidden)
    {
        using var scope = NewDisposeScope();
        var (hidden, counted) = (pass.Hidden, pass.Counted);
        var gradient = zeros(hidden.shape, dtype: hidden.dtype, device: hidden.device);
        if (pass.LogProbs.grad is { } upstream)
        {
            var picked = counted.Pick(upstream);
            var index = 0;
            foreach (var chunk in Chunks(counted.Count, HeadChunk.EntryBytes(hidden.dtype)))
            {
                using var inner = NewDisposeScope();
                var made = pass.Kept?[index++] ?? New(pass.Rows, counted, chunk, differentiable: true);
                Collect(gradient, counted, chunk, made.Backward(picked.narrow(0, chunk.First, chunk.Count)));
            }
        }

        BackwardFrom(hidden, ofHidden is null ? gradient : gradient.add_(ofHidden));
    }

    /// <summary>Adds the gradients of the loss sum(weights * log-probabilities), whose slope is known before its value: each position goes
    /// through the head once.</summary>
    /// <param name="hidden">As in <see cref="Of"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Of"/>.</param>
    /// <param name="mask">As in <see cref="Of"/>.</param>
    /// <param name="weights">[batch, time - 1]; does not matter where the token does not count.</param>
    /// <returns>The log-probabilities [batch, time - 1], without graph.</returns>
    /// <exception cref="ReproException">As in <see cref="Of"/>.</exception>
    /// <exception cref="InvalidOperationException">The active adapter acts on the head with dropout.</exception>
    public Tensor BackwardWeighted(Tensor hidden, Tensor tokens, Tensor mask, Tensor weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        var counted = Prepare(hidden, tokens, mask);
        var wide = HeadChunk.Wide(hidden.dtype);
        var (rows, upstream) = (Rows(hidden, counted), counted.Pick(weights.detach()).to(wide));
        var gradient = zeros(hidden.shape, dtype: hidden.dtype, device: hidden.device);
        var parts = new List<Tensor>();
        foreach (var chunk in Chunks(counted.Count, HeadChunk.EntryBytes(hidden.dtype)))
        {
            using var inner = NewDisposeScope();
            var made = New(rows, counted, chunk, differentiable: true);
            Collect(gradient, counted, chunk, made.Backward(upstream.narrow(0, chunk.First, chunk.Count)));
            parts.Add(made.LogProbs.MoveToOuterDisposeScope());
        }

        BackwardFrom(hidden, gradient);
        return counted.Spread(Join(parts, hidden)).MoveToOuterDisposeScope();
    }

    private static void Collect(Tensor gradient, CountedTokens counted, (long First, long Count) chunk, Tensor rows)
    {
        gradient.view(-1, gradient.shape[2]).index_copy_(0, counted.Positions.narrow(0, chunk.First, chunk.Count), rows);
    }

    private static void BackwardFrom(Tensor hidden, Tensor gradient)
    {
        if (hidden.requires_grad)
        {
            hidden.backward([gradient]);
        }
    }

    private static Tensor Join(List<Tensor> parts, Tensor hidden) => parts.Count switch
    {
        0 => zeros([0], dtype: HeadChunk.Wide(hidden.dtype), device: hidden.device),
        1 => parts[0],
        _ => cat([.. parts], 0),
    };

    private static Tensor Rows(Tensor hidden, CountedTokens counted) =>
        hidden.detach().reshape(-1, hidden.shape[2]).index_select(0, counted.Positions);

    private (Tensor LogProbs, Tensor? Entropies) Values(Tensor hidden, Tensor tokens, Tensor mask, bool entropies)
    {
        using var ungraded = no_grad();
        ArgumentNullException.ThrowIfNull(hidden);
        var counted = new CountedTokens(hidden, tokens, mask, _model.Config.VocabularySize);
        var rows = Rows(hidden, counted);
        var made = Chunks(counted.Count, HeadChunk.EntryBytes(hidden.dtype)).Select(chunk =>
        {
            using var inner = NewDisposeScope();
            var part = New(rows, counted, chunk, differentiable: false, entropies);
            return (LogProbs: part.LogProbs.MoveToOuterDisposeScope(), Entropies: part.Entropies?.MoveToOuterDisposeScope());
        }).ToList();
        return (
            counted.Spread(Join([.. made.Select(part => part.LogProbs)], hidden)),
            entropies ? counted.Spread(Join([.. made.Select(part => part.Entropies!)], hidden)) : null);
    }

    private CountedTokens Prepare(Tensor hidden, Tensor tokens, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (_model.HeadIsAdapted && _model.training && _model.Adapters.ActiveDropout > 0)
        {
            throw new InvalidOperationException("The adapter on the head has dropout, which would be drawn anew in the backward pass: leave the head out of its targets, or set dropout to 0.");
        }

        return new CountedTokens(hidden, tokens, mask, _model.Config.VocabularySize);
    }

    private HeadChunk New(Tensor rows, CountedTokens counted, (long First, long Count) chunk, bool differentiable, bool entropies = false)
    {
        using var ungraded = no_grad();
        return new HeadChunk(_model, rows.narrow(0, chunk.First, chunk.Count), counted.Targets.narrow(0, chunk.First, chunk.Count), differentiable, entropies);
    }

    private Tensor LogProbs(Tensor rows, CountedTokens counted, (long First, long Count) chunk)
    {
        using var scope = NewDisposeScope();
        return New(rows, counted, chunk, differentiable: false).LogProbs.MoveToOuterDisposeScope();
    }

    private IEnumerable<(long First, long Count)> Chunks(long count, long size)
    {
        var most = Math.Max(Math.Max(1, _memory.LeastPositions), _memory.ChunkBytes / (_model.Config.VocabularySize * size));
        for (var first = 0L; first < count; first += most)
        {
            yield return (first, Math.Min(most, count - first));
        }
    }
}

/// <summary>Log-probabilities of counted tokens, and the second half of their backward pass. Its tensors belong to the scope it was made
/// in.</summary>
public sealed class HeadPass
{
    private readonly HeadLogProbs _head;

    internal HeadPass(HeadLogProbs head, Tensor hidden, Tensor rows, CountedTokens counted, IReadOnlyList<HeadChunk>? kept, Tensor logProbs)
    {
        (_head, Hidden, Rows, Counted, Kept, LogProbs) = (head, hidden, rows, counted, kept, logProbs);
    }

    /// <summary>[batch, time - 1], float32 (float64 in a model of float64), a leaf: backward of a loss of it ends here.</summary>
    public Tensor LogProbs { get; }

    internal Tensor Hidden { get; }

    internal Tensor Rows { get; }

    internal CountedTokens Counted { get; }

    /// <summary>The distributions over the vocabulary; null where they are computed twice.</summary>
    internal IReadOnlyList<HeadChunk>? Kept { get; }

    /// <summary>
    /// After backward of the loss: adds the gradients of the head and runs backward through the hidden states. The distributions are used
    /// up, so it is called once.
    /// </summary>
    /// <param name="ofHidden">The gradient that the hidden states have from elsewhere than the log-probabilities, such as a value head;
    /// null for none.</param>
    public void Backward(Tensor? ofHidden = null) => _head.Backward(this, ofHidden);
}

/// <summary>How much memory tables of [positions, vocabulary] may take. Results do not depend on it.</summary>
/// <param name="ChunkBytes">Of one chunk of positions, unless that were fewer than <paramref name="LeastPositions"/>.</param>
/// <param name="KeptBytes">Of all positions of a batch: up to here the table is kept between the values and their gradients, above it is
/// computed twice.</param>
/// <param name="LeastPositions">Positions of a chunk at least: with fewer, reading the head's matrix takes longer than the
/// products.</param>
public sealed record HeadMemory(
    [property: AtLeast(1)] long ChunkBytes = 32L << 20,
    [property: AtLeast(0)] long KeptBytes = 256L << 20,
    [property: AtLeast(1)] int LeastPositions = 256);

/// <summary>Some counted positions with the distribution over the vocabulary at each. Its tensors belong to the scope it was made
/// in.</summary>
internal sealed class HeadChunk
{
    // Below this a probability in single precision has lost digits; its logarithm is taken another way.
    private const double SmallestExact = 1e-30;

    private readonly LanguageModel _model;
    private readonly Tensor _rows;
    private readonly Tensor _targets;
    private readonly Tensor? _logits;
    private readonly Tensor _table;

    /// <param name="model">Its head, with the adapter that is active.</param>
    /// <param name="rows">Hidden states [n, width], without graph.</param>
    /// <param name="targets">Tokens [n].</param>
    /// <param name="differentiable">Whether <see cref="Backward"/> will follow.</param>
    /// <param name="entropies">Whether entropies are wanted.</param>
    internal HeadChunk(LanguageModel model, Tensor rows, Tensor targets, bool differentiable, bool entropies = false)
    {
        (_model, _targets) = (model, targets.unsqueeze(1));
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
        else
        {
            logits.Dispose();
        }
    }

    /// <summary>[n], in single precision at least.</summary>
    internal Tensor LogProbs { get; }

    /// <summary>[n]; null where they were not asked for.</summary>
    internal Tensor? Entropies { get; }

    /// <summary>Bytes of one entry of the table for a model of some type.</summary>
    internal static long EntryBytes(ScalarType type) => type == ScalarType.Float64 ? 8 : 4;

    /// <summary>What numbers of half precision are widened to.</summary>
    internal static ScalarType Wide(ScalarType type) => type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>Adds the gradient of the head's parameters. The distribution is used up.</summary>
    /// <param name="upstream">Gradient of the log-probabilities [n].</param>
    /// <returns>The gradient of the rows [n, width].</returns>
    internal Tensor Backward(Tensor upstream)
    {
        // d log p(target) / d logits = onehot - p. The factor of a row goes to the narrow side of the products: less to multiply.
        var minusOne = full([_targets.shape[0], 1], -1, dtype: _table.dtype, device: _table.device);
        var slope = _table.scatter_add_(1, _targets, minusOne).to(_rows.dtype);
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
        return _model.LogitsOf(_rows);
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
        TensorChecks.Shape(tokens, nameof(tokens), hidden.shape[0], tokens.dim() == 2 ? Math.Max(tokens.shape[1], hidden.shape[1]) : hidden.shape[1]);
        (_batch, _time) = (tokens.shape[0], tokens.shape[1]);
        var first = _time - hidden.shape[1];
        if (tokens.dtype != ScalarType.Int64 || _time < 2)
        {
            throw new ReproException(Invariant($"tokens have dtype {tokens.dtype} and {_time} positions; Int64 and at least two positions were expected."));
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
            throw new ReproException(Invariant($"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected."));
        }
    }
}

using Repro.Core.Configuration;
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
/// <param name="temperature">What logits are divided by: hidden states must come divided by it.</param>
public sealed class HeadLogProbs(LanguageModel model, HeadMemory? memory = null, double temperature = 1)
{
    private readonly LanguageModel _model = model ?? throw new ArgumentNullException(nameof(model));
    private readonly HeadMemory _memory = memory ?? new HeadMemory();

    /// <summary>Log-probabilities without graph.</summary>
    /// <param name="hidden">Hidden states after the last norm, [batch, time, width], or of the last columns alone.</param>
    /// <param name="tokens">int64, [batch, time].</param>
    /// <param name="mask">[batch, time], 1 where the TOKEN counts; the one at position 0 is never predicted.</param>
    /// <returns>[batch, time - 1], float32 (float64 in a model of float64).</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, or a counted token is outside the vocabulary.</exception>
    public Tensor Compute(Tensor hidden, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Values(hidden, tokens, mask, entropies: false).LogProbs.MoveToOuterDisposeScope();
    }

    /// <summary>Log-probabilities, and the entropies in nats of the distributions that they come from, without graph.</summary>
    /// <inheritdoc cref="Compute"/>
    public (Tensor LogProbs, Tensor Entropies) WithEntropies(Tensor hidden, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (logProbs, entropies) = Values(hidden, tokens, mask, entropies: true);
        return (logProbs.MoveToOuterDisposeScope(), entropies!.MoveToOuterDisposeScope());
    }

    /// <summary>Log-probabilities for a loss of them: backward of the loss first, then <see cref="HeadPass.Backward"/>.</summary>
    /// <param name="hidden">As in <see cref="Compute"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Compute"/>.</param>
    /// <param name="mask">As in <see cref="Compute"/>.</param>
    /// <returns>Its tensors belong to the current scope.</returns>
    /// <exception cref="ReproException">As in <see cref="Compute"/>.</exception>
    /// <exception cref="InvalidOperationException">The active adapter acts on the head with dropout.</exception>
    public HeadPass Forward(Tensor hidden, Tensor tokens, Tensor mask)
    {
        var counted = Prepare(hidden, tokens, mask);
        var rows = Rows(hidden, counted);
        var size = HeadChunk.EntryBytes(_model);
        var kept = !_model.HeadIsAdapted && counted.Count * _model.Config.VocabularySize * size <= _memory.KeptBytes
            ? new List<HeadChunk>()
            : null;
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

        return new HeadPass(this, hidden, rows, counted, kept, counted.Scatter(Join(parts, hidden)).requires_grad_());
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
            foreach (var chunk in Chunks(counted.Count, HeadChunk.EntryBytes(_model)))
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
    /// <param name="hidden">As in <see cref="Compute"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Compute"/>.</param>
    /// <param name="mask">As in <see cref="Compute"/>.</param>
    /// <param name="weights">[batch, time - 1]; does not matter where the token does not count.</param>
    /// <returns>The log-probabilities [batch, time - 1], without graph.</returns>
    /// <exception cref="ReproException">As in <see cref="Compute"/>.</exception>
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
        foreach (var chunk in Chunks(counted.Count, HeadChunk.EntryBytes(_model)))
        {
            using var inner = NewDisposeScope();
            var made = New(rows, counted, chunk, differentiable: true);
            Collect(gradient, counted, chunk, made.Backward(upstream.narrow(0, chunk.First, chunk.Count)));
            parts.Add(made.LogProbs.MoveToOuterDisposeScope());
        }

        BackwardFrom(hidden, gradient);
        return counted.Scatter(Join(parts, hidden)).MoveToOuterDisposeScope();
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
        using var noGrad = no_grad();
        ArgumentNullException.ThrowIfNull(hidden);
        var counted = new CountedTokens(hidden, tokens, mask, _model.Config.VocabularySize);
        var rows = Rows(hidden, counted);
        var made = Chunks(counted.Count, HeadChunk.EntryBytes(_model)).Select(chunk =>
        {
            using var inner = NewDisposeScope();
            var part = New(rows, counted, chunk, differentiable: false, entropies);
            return (LogProbs: part.LogProbs.MoveToOuterDisposeScope(), Entropies: part.Entropies?.MoveToOuterDisposeScope());
        }).ToList();
        return (
            counted.Scatter(Join([.. made.Select(part => part.LogProbs)], hidden)),
            entropies ? counted.Scatter(Join([.. made.Select(part => part.Entropies!)], hidden)) : null);
    }

    private CountedTokens Prepare(Tensor hidden, Tensor tokens, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (_model.HeadIsAdapted && _model.training && _model.Adapters.ActiveDropout > 0)
        {
            throw new InvalidOperationException(
                "The adapter on the head has dropout, which would be drawn anew in the backward pass: "
                    + "leave the head out of its targets, or set dropout to 0.");
        }

        return new CountedTokens(hidden, tokens, mask, _model.Config.VocabularySize);
    }

    private HeadChunk New(Tensor rows, CountedTokens counted, (long First, long Count) chunk, bool differentiable, bool entropies = false)
    {
        using var noGrad = no_grad();
        return new HeadChunk(
            _model,
            rows.narrow(0, chunk.First, chunk.Count),
            counted.Targets.narrow(0, chunk.First, chunk.Count),
            differentiable,
            temperature,
            entropies);
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

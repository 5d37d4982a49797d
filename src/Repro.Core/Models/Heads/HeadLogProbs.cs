using static TorchSharp.torch;

namespace Repro.Core.Models.Heads;

/// <summary>
/// Log-probabilities of tokens from hidden states, and their gradients, without a table of [batch, time, vocabulary]: only counted positions go through
/// the head, some at a time, and the gradient of the logits (onehot - softmax) is formed directly. Sums and logarithms are taken in single precision
/// at least, whatever the model computes in.
/// </summary>
/// <remarks>
/// Index t of a result [batch, time - 1] belongs to token t + 1 and the hidden state at position t; it is 0 where that token does not count. Hidden states at other
/// positions have no influence, NaN included; those of the first columns may be left out where no token behind them counts, as <c>first</c> of
/// <see cref="DecoderModel.Hidden"/> does. An adapter on the head is honoured, except that its dropout must be 0.
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

    /// <summary>Adds the gradients of any loss of the log-probabilities to the head and to whatever the hidden states came from.</summary>
    /// <param name="hidden">As in <see cref="Of"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Of"/>.</param>
    /// <param name="mask">As in <see cref="Of"/>.</param>
    /// <param name="loss">From log-probabilities [batch, time - 1] to a scalar.</param>
    /// <returns>The value of the loss, without graph.</returns>
    /// <exception cref="ReproException">As in <see cref="Of"/>.</exception>
    /// <exception cref="InvalidOperationException">The active adapter acts on the head with dropout.</exception>
    public Tensor Backward(Tensor hidden, Tensor tokens, Tensor mask, Func<Tensor, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        return Backward(hidden, tokens, mask, (logProbs, _) => loss(logProbs));
    }

    /// <summary>As <see cref="Backward(Tensor, Tensor, Tensor, Func{Tensor, Tensor})"/>, for losses that also use the hidden states, through a value head for instance.</summary>
    /// <param name="hidden">As in <see cref="Of"/>; its graph is used up.</param>
    /// <param name="tokens">As in <see cref="Of"/>.</param>
    /// <param name="mask">As in <see cref="Of"/>.</param>
    /// <param name="loss">From log-probabilities [batch, time - 1] and hidden states, of the shape they came in, to a scalar. It must use the hidden states that it is given, not those outside.</param>
    /// <returns>The value of the loss, without graph.</returns>
    /// <exception cref="ReproException">As in <see cref="Of"/>.</exception>
    /// <exception cref="InvalidOperationException">The active adapter acts on the head with dropout.</exception>
    public Tensor Backward(Tensor hidden, Tensor tokens, Tensor mask, Func<Tensor, Tensor, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        var counted = Prepare(hidden, tokens, mask);
        var leaf = hidden.detach().requires_grad_();
        var rows = Rows(hidden, counted);
        var size = HeadChunk.EntryBytes(hidden.dtype);
        var kept = !_model.HeadIsAdapted && counted.Count * _model.Config.VocabularySize * size <= _memory.KeptBytes
            ? Chunks(counted.Count, size).Select(chunk => New(rows, counted, chunk, differentiable: true)).ToList()
            : null;
        var logProbs = Join(kept?.Select(chunk => chunk.LogProbs).ToList()
            ?? [.. Chunks(counted.Count, size).Select(chunk => Once(rows, counted, chunk, made => made.LogProbs))], hidden);
        var spread = counted.Spread(logProbs).requires_grad_();
        Tensor value;
        using (enable_grad())
        {
            value = loss(spread, leaf);
            if (value.requires_grad)
            {
                value.backward();
            }
        }

        var gradient = zeros(hidden.shape, dtype: hidden.dtype, device: hidden.device);
        if (spread.grad is { } upstream)
        {
            var picked = counted.Pick(upstream);
            var index = 0;
            foreach (var chunk in Chunks(counted.Count, size))
            {
                using var inner = NewDisposeScope();
                Collect(gradient, counted, chunk, (kept?[index++] ?? New(rows, counted, chunk, differentiable: true)).Backward(picked.narrow(0, chunk.First, chunk.Count)));
            }
        }

        GoOn(hidden, leaf.grad is { } other ? gradient.add_(other) : gradient);
        return value.detach().MoveToOuterDisposeScope();
    }

    /// <summary>Adds the gradients of the loss sum(weights * log-probabilities), whose slope is known before its value: each position goes through the head once.</summary>
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
        var parts = Chunks(counted.Count, HeadChunk.EntryBytes(hidden.dtype)).Select(chunk => Once(rows, counted, chunk, made =>
        {
            Collect(gradient, counted, chunk, made.Backward(upstream.narrow(0, chunk.First, chunk.Count)));
            return made.LogProbs;
        }, differentiable: true)).ToList();
        GoOn(hidden, gradient);
        return counted.Spread(Join(parts, hidden)).MoveToOuterDisposeScope();
    }

    private static void Collect(Tensor gradient, CountedTokens counted, (long First, long Count) chunk, Tensor rows)
    {
        gradient.view(-1, gradient.shape[2]).index_copy_(0, counted.Positions.narrow(0, chunk.First, chunk.Count), rows);
    }

    private static void GoOn(Tensor hidden, Tensor gradient)
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
            throw new InvalidOperationException("The adapter on the head has dropout, which would be drawn anew for the way back: leave the head out of its targets, or set dropout to 0.");
        }

        return new CountedTokens(hidden, tokens, mask, _model.Config.VocabularySize);
    }

    private HeadChunk New(Tensor rows, CountedTokens counted, (long First, long Count) chunk, bool differentiable, bool entropies = false)
    {
        using var ungraded = no_grad();
        return new HeadChunk(_model, rows.narrow(0, chunk.First, chunk.Count), counted.Targets.narrow(0, chunk.First, chunk.Count), differentiable, entropies);
    }

    private Tensor Once(Tensor rows, CountedTokens counted, (long First, long Count) chunk, Func<HeadChunk, Tensor> use, bool differentiable = false)
    {
        using var scope = NewDisposeScope();
        return use(New(rows, counted, chunk, differentiable)).MoveToOuterDisposeScope();
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

using Repro.Core.Batching;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// What a model says about sampled responses, under the distribution of the sampler: log-probabilities, one a response token, flat, row
/// after row. Only positions that predict response tokens go through the output layer.
/// </summary>
/// <param name="model">The model; its active adapter at the time of a call counts.</param>
/// <param name="sampler">The distribution.</param>
internal sealed class ResponsePass(LanguageModel model, SamplerSettings sampler)
{
    /// <summary>The logit of a token that the sampler took out: its probability is 0, and unlike at minus infinity differences and
    /// gradients stay numbers.</summary>
    internal const double Removed = -1e9;

    private readonly HeadLogProbs _head = new(model, temperature: sampler.Temperature);

    /// <summary>Log-probabilities and entropies without graph, where the sampler leaves the whole vocabulary.</summary>
    /// <param name="tokens">The responses.</param>
    /// <param name="hidden">Hidden states of the columns from <see cref="RolloutTokens.First"/> on.</param>
    internal (Tensor LogProbs, Tensor Entropies) Read(RolloutTokens tokens, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var (columns, ids, mask) = tokens.ForHead(hidden);
        var (logProbs, entropies) = _head.WithEntropies(Tempered(columns), ids, mask);
        return (tokens.Counted(logProbs).MoveToOuterDisposeScope(), tokens.Counted(entropies).MoveToOuterDisposeScope());
    }

    /// <summary>Log-probabilities without graph, likewise.</summary>
    internal Tensor LogProbs(RolloutTokens tokens, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var (columns, ids, mask) = tokens.ForHead(hidden);
        return tokens.Counted(_head.Compute(Tempered(columns), ids, mask)).MoveToOuterDisposeScope();
    }

    /// <summary>Log-probabilities for a loss of them, and <see cref="ResponseForward.Backward"/>. Their tensors belong to the current
    /// scope.</summary>
    /// <param name="tokens">The responses.</param>
    /// <param name="hidden">Hidden states of the columns from <see cref="RolloutTokens.First"/> on; their graph is used up.</param>
    /// <param name="kept">Which tokens the sampler left in the vocabulary, [tokens, vocabulary]; null for all.</param>
    internal ResponseForward Forward(RolloutTokens tokens, Tensor hidden, Tensor? kept)
    {
        if (kept is not null)
        {
            var own = tokens.Predicting(hidden);
            return new ResponseForward(LogProbs(Logits(own, kept), tokens.Targets), own, null, null);
        }

        var (columns, ids, mask) = tokens.ForHead(hidden);
        var tempered = Tempered(columns);
        var head = _head.Forward(tempered, ids, mask);
        // A leaf of its own: its gradient joins that of the log-probabilities in the backward pass of the head.
        var states = tempered.detach().requires_grad_();
        var predicting = sampler.Temperature == 1 ? tokens.Counted(states) : tokens.Counted(states) * sampler.Temperature;
        return new ResponseForward(tokens.Counted(head.LogProbs), predicting, head, states);
    }

    /// <summary>Logits [tokens, vocabulary] of the response tokens, divided by the temperature, in single precision at least.</summary>
    /// <param name="predicting">What <see cref="RolloutTokens.Predicting"/> gives.</param>
    /// <param name="kept">Which tokens stay; null for all.</param>
    internal Tensor Logits(Tensor predicting, Tensor? kept)
    {
        using var scope = NewDisposeScope();
        var logits = model.LogitsOf(Tempered(predicting), sampler.Temperature);
        logits = logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);
        return (kept is null ? logits : logits.masked_fill(kept.logical_not(), Removed)).MoveToOuterDisposeScope();
    }

    /// <summary>The log-probabilities [tokens] of the tokens that were drawn.</summary>
    internal static Tensor LogProbs(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return (logits.gather(1, targets.unsqueeze(1)).squeeze(1) - logits.logsumexp(1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Which tokens the sampler leaves in the vocabulary, bool [tokens, vocabulary]. The drawn token always counts as left: a pass over
    /// whole rows rounds differently from one token by token.
    /// </summary>
    /// <param name="logits">Of the sampling policy, divided by the temperature.</param>
    /// <param name="targets">The tokens that were drawn.</param>
    internal Tensor Kept(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var cut = sampler.TopK is { } k ? LogitsProcessing.TopK(logits, k) : logits;
        cut = sampler.TopP is { } p and < 1 ? LogitsProcessing.TopP(cut, p) : cut;
        return cut.isneginf().logical_not().scatter(
            1, targets.unsqueeze(1), ones([targets.shape[0], 1], dtype: ScalarType.Bool, device: targets.device)).MoveToOuterDisposeScope();
    }

    // The output layer has no bias: dividing its input divides the logits, if a cap on them is divided too.
    private Tensor Tempered(Tensor hidden) => sampler.Temperature == 1 ? hidden.alias() : hidden / sampler.Temperature;
}

/// <summary>The forward pass of sampled responses in a training step.</summary>
internal sealed class ResponseForward
{
    private readonly HeadPass? _head;
    private readonly Tensor? _states;

    internal ResponseForward(Tensor logProbs, Tensor predicting, HeadPass? head, Tensor? states) =>
        (LogProbs, Predicting, _head, _states) = (logProbs, predicting, head, states);

    /// <summary>Log-probabilities of the response tokens, [tokens].</summary>
    internal Tensor LogProbs { get; }

    /// <summary>The hidden states that predict them, [tokens, width], for a value head.</summary>
    internal Tensor Predicting { get; }

    /// <summary>Adds the gradients of a loss to the head, and takes them to the hidden states.</summary>
    /// <param name="loss">A scalar that depends on the log-probabilities and the hidden states.</param>
    internal void Backward(Tensor loss)
    {
        if (loss.requires_grad)
        {
            loss.backward();
        }

        _head?.Backward(_states!.grad);
    }
}

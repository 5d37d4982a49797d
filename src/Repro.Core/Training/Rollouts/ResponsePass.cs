using Repro.Core.Models;
using Repro.Core.Models.Generation;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// What a model says about sampled responses, under the distribution of the sampler. Only the positions that predict response tokens go through the
/// output layer; everything is flat, one entry a response token, row after row.
/// </summary>
internal static class ResponsePass
{
    /// <summary>Logits [tokens, vocabulary] of the response tokens, divided by the temperature, in single precision at least.</summary>
    /// <param name="model">The model.</param>
    /// <param name="predicting">What <see cref="RolloutTokens.Predicting"/> gives.</param>
    /// <param name="sampler">The distribution.</param>
    /// <param name="kept">Which tokens the sampler left in the vocabulary, [tokens, vocabulary]; null for all.</param>
    internal static Tensor Logits(LanguageModel model, Tensor predicting, SamplerSettings sampler, Tensor? kept)
    {
        using var scope = NewDisposeScope();
        var logits = model.LogitsOf(predicting);
        if (logits.dtype is not (ScalarType.Float32 or ScalarType.Float64))
        {
            logits = logits.to(ScalarType.Float32);
        }

        if (sampler.Temperature != 1)
        {
            logits = logits / sampler.Temperature;
        }

        if (kept is not null)
        {
            logits = logits.masked_fill(kept.logical_not(), double.NegativeInfinity);
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>The log-probabilities [tokens] of the tokens that were drawn.</summary>
    internal static Tensor LogProbs(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return (logits.gather(1, targets.unsqueeze(1)).squeeze(1) - logits.logsumexp(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The entropies [tokens] of the distributions, without gradient.</summary>
    internal static Tensor Entropies(Tensor logits)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var own = logits.detach();
        var finite = own.masked_fill(own.isneginf(), 0);
        return (own.logsumexp(1) - (own.softmax(1) * finite).sum([1])).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Which tokens the sampler leaves in the vocabulary, bool [tokens, vocabulary]; null where it leaves all. The drawn token always counts as left:
    /// a pass over whole rows rounds differently from one token by token.
    /// </summary>
    /// <param name="logits">Of the sampling policy, divided by the temperature.</param>
    /// <param name="targets">The tokens that were drawn.</param>
    /// <param name="sampler">The distribution.</param>
    internal static Tensor? Kept(Tensor logits, Tensor targets, SamplerSettings sampler)
    {
        if (!sampler.Truncates)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var cut = sampler.TopK is { } k ? LogitsProcessing.TopK(logits, k) : logits;
        cut = sampler.TopP is { } p and < 1 ? LogitsProcessing.TopP(cut, p) : cut;
        return cut.isneginf().logical_not().scatter(1, targets.unsqueeze(1), ones([targets.shape[0], 1], dtype: ScalarType.Bool, device: targets.device)).MoveToOuterDisposeScope();
    }
}

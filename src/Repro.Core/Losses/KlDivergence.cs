using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Distances between policy and reference (the second term of ADR Eq. 4), position by position: nothing is summed over time, and a
/// position depends on itself only.</summary>
public static class KlDivergence
{
    /// <summary>An estimate of KL(policy || reference) from the sampled tokens.</summary>
    /// <param name="logProbs">Log-probabilities under the policy, floating point, any shape.</param>
    /// <param name="referenceLogProbs">The same tokens under the reference, the same shape.</param>
    /// <param name="penalty">The estimator; <see cref="KlPenalty.Full"/> is none, it needs the logits.</param>
    /// <param name="limit">The result is kept within -limit to limit; null for no limit.</param>
    /// <returns>The shape of the input.</returns>
    /// <exception cref="ReproException">Shapes differ.</exception>
    /// <exception cref="ArgumentException">The limit is not above 0, or the penalty is no estimator.</exception>
    public static Tensor Estimate(Tensor logProbs, Tensor referenceLogProbs, KlPenalty penalty, double? limit = null)
    {
        TensorChecks.Positive(limit ?? 1, nameof(limit));
        TensorChecks.Floating(logProbs, nameof(logProbs));
        TensorChecks.Same(referenceLogProbs, nameof(referenceLogProbs), logProbs, nameof(logProbs));
        using var scope = NewDisposeScope();
        var difference = logProbs - referenceLogProbs;
        var result = penalty switch
        {
            KlPenalty.LogRatio => difference,
            KlPenalty.Absolute => difference.abs(),
            KlPenalty.HalfSquare => difference.square() * 0.5,
            KlPenalty.LowVariance => (-difference).expm1() + difference,
            _ => throw new ArgumentOutOfRangeException(nameof(penalty), $"penalty {penalty} is no estimate from sampled tokens."),
        };
        return (limit is { } bound ? result.clamp(-bound, bound) : result).MoveToOuterDisposeScope();
    }

    /// <summary>KL(first || second) over the whole vocabulary; never negative.</summary>
    /// <param name="firstLogits">Logits or log-probabilities, floating point, shape [..., vocabulary]. For a penalty this is the
    /// policy.</param>
    /// <param name="secondLogits">The same of the other model, the same shape.</param>
    /// <returns>The shape without its last dimension.</returns>
    /// <exception cref="ReproException">Shapes differ.</exception>
    public static Tensor Full(Tensor firstLogits, Tensor secondLogits)
    {
        TensorChecks.Floating(firstLogits, nameof(firstLogits));
        TensorChecks.Same(secondLogits, nameof(secondLogits), firstLogits, nameof(firstLogits));
        using var scope = NewDisposeScope();
        var first = firstLogits.log_softmax(-1);
        var probability = first.exp();
        var terms = probability * (first - secondLogits.log_softmax(-1));
        return terms.masked_fill(probability.eq(0), 0).sum([-1]).MoveToOuterDisposeScope();
    }

    /// <summary>KL(first || second) over counted positions only, whose logits are picked out first; 0 elsewhere.</summary>
    /// <param name="firstLogits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="secondLogits">The same shape.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor Full(Tensor firstLogits, Tensor secondLogits, Tensor mask)
    {
        TensorChecks.Shape(firstLogits, nameof(firstLogits), TensorChecks.Any, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Same(secondLogits, nameof(secondLogits), firstLogits, nameof(firstLogits));
        using var scope = NewDisposeScope();
        var first = CountedRows.Pick(firstLogits, mask);
        var second = CountedRows.Pick(secondLogits, mask);
        return first.Scatter(Full(first.Values, second.Values)).MoveToOuterDisposeScope();
    }
}

/// <summary>The penalty of one token for leaving the reference, from its log-ratio d = log policy - log reference of the drawn
/// token.</summary>
public enum KlPenalty
{
    /// <summary>d itself, estimator k1; may be negative for a token.</summary>
    [JsonStringEnumMemberName("kl")]
    LogRatio,

    /// <summary>|d|.</summary>
    [JsonStringEnumMemberName("abs")]
    Absolute,

    /// <summary>d^2 / 2, estimator k2.</summary>
    [JsonStringEnumMemberName("mse")]
    HalfSquare,

    /// <summary>exp(-d) - 1 + d, estimator k3; never negative, unbiased.</summary>
    [JsonStringEnumMemberName("k3")]
    LowVariance,

    /// <summary>KL(policy || reference) over the whole vocabulary, no estimate: <see cref="KlDivergence.Full(Tensor, Tensor)"/>; never
    /// negative.</summary>
    [JsonStringEnumMemberName("full")]
    Full,
}

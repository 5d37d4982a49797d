using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>
/// The loss of GRPO (DeepSeekMath Eq. 3, 2402.03300): the clipped surrogate of PPO with one advantage a response, and beta times the
/// low-variance KL (estimator k3) to the reference at every token, both inside one weighted sum over tokens.
/// </summary>
public static class GrpoObjective
{
    /// <summary>
    /// The sum over tokens of weight * -min(ratio * A, clip(ratio) * A), and that of weight * beta * (exp(-d) - 1 + d) with
    /// d = log policy - log reference.
    /// </summary>
    /// <param name="batch">The tokens, with their weights; with the reference where beta is above 0.</param>
    /// <param name="clip">How far the probability ratio may be from 1.</param>
    /// <param name="beta">Weight of the KL, not negative; 0 leaves the reference out.</param>
    /// <returns>Two scalars.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is negative, the clip range is impossible, or weights or the reference are
    /// missing.</exception>
    public static (Tensor Policy, Tensor Penalty) Losses(PpoBatch batch, ClipRange clip, double beta)
    {
        ArgumentNullException.ThrowIfNull(batch);
        TensorChecks.NotNegative(beta, nameof(beta));
        var weights = batch.Weights ?? throw new ArgumentException("GRPO needs the weight of each token.", nameof(batch));
        using var scope = NewDisposeScope();
        var tokens = PolicyLoss.OfTokens(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, clip);
        TensorChecks.Shape(weights, nameof(weights), batch.LogProbs.shape);
        TensorChecks.Finite(weights, nameof(weights));
        var policy = (tokens * weights).sum();
        if (beta == 0)
        {
            return (policy.MoveToOuterDisposeScope(), policy.detach().zeros_like().MoveToOuterDisposeScope());
        }

        var reference = batch.ReferenceLogProbs
            ?? throw new ArgumentException("With a beta above 0 GRPO needs the reference.", nameof(batch));
        var counted = TensorChecks.Mask(batch.Mask, nameof(batch.Mask), batch.LogProbs.shape);
        TensorChecks.Same(reference, "referenceLogProbs", batch.LogProbs, nameof(batch.LogProbs));
        TensorChecks.FiniteWhere(reference, "referenceLogProbs", counted);
        var (now, other) = (Masked.Clean(batch.LogProbs, counted), Masked.Clean(reference, counted));
        var penalty = (KlDivergence.Estimate(now, other, KlPenalty.LowVariance) * weights).sum() * beta;
        return (policy.MoveToOuterDisposeScope(), penalty.MoveToOuterDisposeScope());
    }

    /// <summary>The sum of both <see cref="Losses"/>.</summary>
    /// <param name="batch">The tokens, with their weights; with the reference where beta is above 0.</param>
    /// <param name="clip">How far the probability ratio may be from 1.</param>
    /// <param name="beta">Weight of the KL, not negative; 0 leaves the reference out.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is negative, the clip range is impossible, or weights or the reference are
    /// missing.</exception>
    public static Tensor Total(PpoBatch batch, ClipRange clip, double beta)
    {
        using var scope = NewDisposeScope();
        var (policy, penalty) = Losses(batch, clip, beta);
        return (policy + penalty).MoveToOuterDisposeScope();
    }

    /// <summary>The share of each token in the loss of a batch; parts of the batch with their weights add up to it.</summary>
    /// <param name="mask">Tokens that count, shape [responses, time]; a response may count none and then adds nothing, but it stays one of
    /// the responses that <see cref="GrpoLossType.Grpo"/> and <see cref="GrpoLossType.DrGrpo"/> divide by.</param>
    /// <param name="type">What the sum is divided by.</param>
    /// <param name="maxNewTokens">Most tokens that a response may have, above 0.</param>
    /// <returns>float32, the shape of the mask; 0 where it does not count.</returns>
    /// <exception cref="ReproException">The shape does not fit, or an entry is neither 0 nor 1.</exception>
    /// <exception cref="ArgumentException">The most tokens are not above 0, or the type is unknown.</exception>
    public static Tensor TokenWeights(Tensor mask, GrpoLossType type, int maxNewTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNewTokens);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var counted = TensorChecks.Mask(mask, nameof(mask), TensorChecks.Any, TensorChecks.Any).to_type(ScalarType.Float32);
        var responses = counted.shape[0];
        var divisor = type switch
        {
            GrpoLossType.Grpo => counted.sum([1], keepdim: true).clamp(min: 1) * responses,
            GrpoLossType.Bnpo or GrpoLossType.Dapo => counted.sum().clamp(min: 1),
            GrpoLossType.DrGrpo => counted.sum().zeros_like() + ((double)responses * maxNewTokens),
            _ => throw new ArgumentOutOfRangeException(nameof(type), $"type {type} is not known."),
        };
        return (counted / divisor).MoveToOuterDisposeScope();
    }
}

/// <summary>What the summed token losses of GRPO are divided by, under TRL's names.</summary>
public enum GrpoLossType
{
    /// <summary>Each response by its own length, then the mean over responses (DeepSeekMath Eq. 3): favours short good responses.</summary>
    Grpo,

    /// <summary>The response tokens of each micro-batch, then the number of micro-batches: depends on how the batch is cut.</summary>
    Bnpo,

    /// <summary>The number of responses times <c>max_new_tokens</c>, a constant (Dr. GRPO, 2503.20783).</summary>
    DrGrpo,

    /// <summary>The response tokens of the whole mini-batch, however it is cut (DAPO, 2503.14476); TRL's default.</summary>
    Dapo,
}

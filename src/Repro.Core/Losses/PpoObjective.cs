using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>The two losses of a PPO minibatch, guarded against a policy that has run away.</summary>
public static class PpoObjective
{
    /// <summary>
    /// The policy loss and the value loss times its coefficient. Where the mean ratio of the minibatch exceeds the threshold both are 0
    /// with gradient 0.
    /// </summary>
    /// <param name="batch">The minibatch, with values and returns.</param>
    /// <param name="clip">How far the probability ratio may be from 1.</param>
    /// <param name="valueClip">The largest distance of a value from the old one.</param>
    /// <param name="valueCoefficient">Factor of the value loss, not negative.</param>
    /// <param name="ratioThreshold">A mean ratio above it sets the losses of the minibatch, and their gradients, to 0.</param>
    /// <returns>Two scalars.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible, or the batch has no values.</exception>
    public static (Tensor Policy, Tensor Value) Losses(
        PpoBatch batch, ClipRange clip, double valueClip, double valueCoefficient, double ratioThreshold)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var policy = PolicyLoss.Clipped(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, clip);
        var (kept, value) = WithValues(policy, batch, valueClip, valueCoefficient, ratioThreshold);
        return (kept.MoveToOuterDisposeScope(), value.MoveToOuterDisposeScope());
    }

    /// <summary>The sum of both <see cref="Losses"/>.</summary>
    /// <param name="batch">The minibatch, with values and returns.</param>
    /// <param name="clip">How far the probability ratio may be from 1.</param>
    /// <param name="valueClip">The largest distance of a value from the old one.</param>
    /// <param name="valueCoefficient">Factor of the value loss, not negative.</param>
    /// <param name="ratioThreshold">A mean ratio above it sets the losses of the minibatch, and their gradients, to 0.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible, or the batch has no values.</exception>
    public static Tensor Total(PpoBatch batch, ClipRange clip, double valueClip, double valueCoefficient, double ratioThreshold)
    {
        using var scope = NewDisposeScope();
        var (policy, value) = Losses(batch, clip, valueClip, valueCoefficient, ratioThreshold);
        return (policy + value).MoveToOuterDisposeScope();
    }

    /// <summary>A policy loss and the value loss of the batch times its coefficient; both 0 with gradient 0 where the policy ran
    /// away.</summary>
    internal static (Tensor Policy, Tensor Value) WithValues(
        Tensor policy, PpoBatch batch, double valueClip, double valueCoefficient, double ratioThreshold)
    {
        TensorChecks.NotNegative(valueCoefficient, nameof(valueCoefficient));
        TensorChecks.Positive(ratioThreshold, nameof(ratioThreshold));
        if (batch is not { Values: { } values, OldValues: { } oldValues, Returns: { } returns })
        {
            throw new ArgumentException("PPO needs values now, values at sampling time and returns.", nameof(batch));
        }

        var value = ValueLoss.Clipped(values, oldValues, returns, batch.Mask, valueClip) * valueCoefficient;
        return MeanRatio(batch).ToDouble() > ratioThreshold ? (policy * 0, value * 0) : (policy, value);
    }

    /// <summary>The mean ratio of the counted tokens, in double precision, without gradient.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <returns>A scalar of dtype float64.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    public static Tensor MeanRatio(PpoBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ratio = PolicyLoss.Ratio(batch.LogProbs.to_type(ScalarType.Float64), batch.OldLogProbs.to_type(ScalarType.Float64), batch.Mask);
        return Masked.Mean(ratio, batch.Mask).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// What the loss of PPO, GRPO or RLOO is computed from. All tensors have shape [batch, time] and are floating point, but the masks. An
/// action is a token; for RLOO it is a whole response, [batch, time] is then [batch, responses].
/// </summary>
public sealed record PpoBatch
{
    /// <summary>Log-probabilities of the sampled actions now; beside <see cref="Values"/> the one tensor with a gradient.</summary>
    public required Tensor LogProbs { get; init; }

    /// <summary>The same at sampling time.</summary>
    public required Tensor OldLogProbs { get; init; }

    /// <summary>Advantages, as they go into the loss.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>1 where the position belongs to a response.</summary>
    public required Tensor Mask { get; init; }

    /// <summary>Predicted values now; null without a value head.</summary>
    public Tensor? Values { get; init; }

    /// <summary>The same at sampling time.</summary>
    public Tensor? OldValues { get; init; }

    /// <summary>Targets of the values.</summary>
    public Tensor? Returns { get; init; }

    /// <summary>Which tokens the surrogate is taken over (APPO), bool; null for all.</summary>
    public Tensor? AdaptiveMask { get; init; }

    /// <summary>Log-probabilities under the reference; null where the loss holds no KL (GRPO has it).</summary>
    public Tensor? ReferenceLogProbs { get; init; }

    /// <summary>The share of each token in the loss of GRPO, see <see cref="GrpoObjective.TokenWeights"/>.</summary>
    public Tensor? Weights { get; init; }

    /// <summary>Parts of one row side by side, joined along time.</summary>
    internal static PpoBatch Joined(IReadOnlyList<PpoBatch> parts) => parts.Count == 1 ? parts[0] : new PpoBatch
    {
        LogProbs = cat([.. parts.Select(part => part.LogProbs)], 1),
        OldLogProbs = cat([.. parts.Select(part => part.OldLogProbs)], 1),
        Advantages = cat([.. parts.Select(part => part.Advantages)], 1),
        Mask = cat([.. parts.Select(part => part.Mask)], 1),
        Values = Joined(parts.Select(part => part.Values)),
        OldValues = Joined(parts.Select(part => part.OldValues)),
        Returns = Joined(parts.Select(part => part.Returns)),
        AdaptiveMask = Joined(parts.Select(part => part.AdaptiveMask)),
        ReferenceLogProbs = Joined(parts.Select(part => part.ReferenceLogProbs)),
        Weights = Joined(parts.Select(part => part.Weights)),
    };

    /// <summary>The same batch with every tensor changed.</summary>
    internal PpoBatch Each(Func<Tensor, Tensor> change) => new()
    {
        LogProbs = change(LogProbs),
        OldLogProbs = change(OldLogProbs),
        Advantages = change(Advantages),
        Mask = change(Mask),
        Values = Values is null ? null : change(Values),
        OldValues = OldValues is null ? null : change(OldValues),
        Returns = Returns is null ? null : change(Returns),
        AdaptiveMask = AdaptiveMask is null ? null : change(AdaptiveMask),
        ReferenceLogProbs = ReferenceLogProbs is null ? null : change(ReferenceLogProbs),
        Weights = Weights is null ? null : change(Weights),
    };

    private static Tensor? Joined(IEnumerable<Tensor?> parts)
    {
        var there = parts.OfType<Tensor>().ToArray();
        return there.Length == 0 ? null : cat(there, 1);
    }
}

/// <summary>Figures that a PPO run reports. None carries a gradient.</summary>
public static class PpoStatistics
{
    /// <summary>The mean over responses of the sum of log-ratios: what a KL controller is fed with. The same estimator (k1) as the penalty
    /// <see cref="KlPenalty.LogRatio"/>.</summary>
    /// <param name="logProbs">Log-probabilities under the policy, floating point, shape [batch, time].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar, nats a response; may be negative.</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor ResponseKl(Tensor logProbs, Tensor referenceLogProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Masked.SumPerRow(KlDivergence.Estimate(logProbs, referenceLogProbs, KlPenalty.LogRatio), mask).mean()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The mean over responses of minus the summed log-probability, an estimate of the entropy of a response.</summary>
    /// <param name="logProbs">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar, nats a response.</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor ResponseEntropy(Tensor logProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (-Masked.SumPerRow(logProbs, mask).mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Half the mean square of the log-ratio between now and sampling time.</summary>
    /// <param name="logProbs">Log-probabilities now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit or nothing counts.</exception>
    public static Tensor ApproximateKl(Tensor logProbs, Tensor oldLogProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Masked.Mean(KlDivergence.Estimate(logProbs, oldLogProbs, KlPenalty.HalfSquare), mask).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of old minus new log-probability.</summary>
    /// <param name="logProbs">Log-probabilities now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar; may be negative.</returns>
    /// <exception cref="ReproException">Shapes do not fit or nothing counts.</exception>
    public static Tensor PolicyKl(Tensor logProbs, Tensor oldLogProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Masked.Mean(KlDivergence.Estimate(oldLogProbs, logProbs, KlPenalty.LogRatio), mask).MoveToOuterDisposeScope();
    }

    /// <summary>The share of the variance of the returns that the values explain: 1 - mean squared error / variance.</summary>
    /// <param name="squaredErrors">Mean squared error of each minibatch, floating point, shape [minibatches].</param>
    /// <param name="returnVariances">Variance of the returns of each minibatch, the same shape.</param>
    /// <returns>A scalar of at most 1.</returns>
    /// <exception cref="ReproException">Shapes differ, no minibatch, or a value is not finite.</exception>
    public static Tensor ExplainedVariance(Tensor squaredErrors, Tensor returnVariances)
    {
        TensorChecks.Vector(squaredErrors, nameof(squaredErrors));
        TensorChecks.Same(returnVariances, nameof(returnVariances), squaredErrors, nameof(squaredErrors));
        TensorChecks.Finite(returnVariances, nameof(returnVariances));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (1 - (squaredErrors.mean() / returnVariances.mean())).MoveToOuterDisposeScope();
    }
}

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
    /// <param name="batch">The minibatch.</param>
    /// <param name="settings">Clips, coefficient and threshold.</param>
    /// <returns>Two scalars.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public static (Tensor Policy, Tensor Value) Losses(PpoBatch batch, PpoSettings settings)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(settings);
        TensorChecks.NotNegative(settings.ValueCoefficient, nameof(settings.ValueCoefficient));
        TensorChecks.Positive(settings.RatioThreshold, nameof(settings.RatioThreshold));
        using var scope = NewDisposeScope();
        var clip = ClipRange.Symmetric(settings.PolicyClip);
        var policy = PolicyLoss.Clipped(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, clip);
        var value = ValueLoss.Clipped(batch.Values, batch.OldValues, batch.Returns, batch.Mask, settings.ValueClip) * settings.ValueCoefficient;
        if (MeanRatio(batch).ToDouble() > settings.RatioThreshold)
        {
            policy *= 0;
            value *= 0;
        }

        return (policy.MoveToOuterDisposeScope(), value.MoveToOuterDisposeScope());
    }

    /// <summary>The sum of both <see cref="Losses"/>.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="settings">Clips, coefficient and threshold.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public static Tensor Total(PpoBatch batch, PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        var (policy, value) = Losses(batch, settings);
        return (policy + value).MoveToOuterDisposeScope();
    }

    /// <summary>The mean ratio of the counted tokens, in double precision, without gradient.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <returns>A scalar of dtype float64.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    public static Tensor MeanRatio(PpoBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var ratio = PolicyLoss.Ratio(batch.LogProbs.to_type(ScalarType.Float64), batch.OldLogProbs.to_type(ScalarType.Float64), batch.Mask);
        return Masked.Mean(ratio, batch.Mask).MoveToOuterDisposeScope();
    }
}

/// <summary>The numbers of one PPO step.</summary>
/// <param name="PolicyClip">Room of the probability ratio on either side of 1.</param>
/// <param name="ValueClip">The largest distance of a value from the old one.</param>
/// <param name="ValueCoefficient">Factor of the value loss.</param>
/// <param name="RatioThreshold">A mean ratio above it sets the losses of the minibatch, and their gradients, to 0.</param>
public sealed record PpoSettings(double PolicyClip, double ValueClip, double ValueCoefficient, double RatioThreshold);

/// <summary>What a PPO step looks at. All tensors have shape [batch, time] and are floating point, but the mask.</summary>
/// <param name="LogProbs">Log-probabilities of the sampled tokens now.</param>
/// <param name="OldLogProbs">The same at sampling time.</param>
/// <param name="Values">Predicted values now.</param>
/// <param name="OldValues">The same at sampling time.</param>
/// <param name="Advantages">Advantages, usually whitened.</param>
/// <param name="Returns">Targets of the values.</param>
/// <param name="Mask">1 where the position belongs to a response.</param>
public sealed record PpoBatch(Tensor LogProbs, Tensor OldLogProbs, Tensor Values, Tensor OldValues, Tensor Advantages, Tensor Returns, Tensor Mask);

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
        using var quiet = no_grad();
        return Masked.SumPerRow(KlDivergence.Estimate(logProbs, referenceLogProbs, KlPenalty.LogRatio), mask).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The mean over responses of minus the summed log-probability, an estimate of the entropy of a response.</summary>
    /// <param name="logProbs">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>A scalar, nats a response.</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor ResponseEntropy(Tensor logProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
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
        using var quiet = no_grad();
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
        using var quiet = no_grad();
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
        using var quiet = no_grad();
        return (1 - (squaredErrors.mean() / returnVariances.mean())).MoveToOuterDisposeScope();
    }
}

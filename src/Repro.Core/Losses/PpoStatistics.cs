using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Figures that a PPO run reports. None carries a gradient.</summary>
public static class PpoStatistics
{
    /// <summary>The mean over responses of the sum of log-ratios: what a KL controller is fed with. The same estimator (k1) as the penalty <see cref="KlPenalty.LogRatio"/>.</summary>
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
        Guard.Vector(squaredErrors, nameof(squaredErrors));
        Guard.Same(returnVariances, nameof(returnVariances), squaredErrors, nameof(squaredErrors));
        Guard.Finite(returnVariances, nameof(returnVariances));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return (1 - (squaredErrors.mean() / returnVariances.mean())).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>
/// The clipped surrogate of PPO as a loss (CRS Eq. 2.11, ADR Eq. 14): the mean of -min(ratio * A, clip(ratio) * A) over counted tokens. The
/// log-ratio is kept within -20 to 20 before it is exponentiated.
/// </summary>
public static class PolicyLoss
{
    private const double LargestLogRatio = 20;

    /// <summary>The loss with one ratio a token.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, without gradient, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 = counts. APPO (ADR Eq. 14) is <see cref="Adaptive.AdaptiveLoss.Ppo"/>.</param>
    /// <param name="clip">How far the ratio may be from 1.</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts (at sample level: in a row), or a counted value is not
    /// finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor Clipped(
        Tensor logProbs,
        Tensor oldLogProbs,
        Tensor advantages,
        Tensor mask,
        ClipRange clip,
        LossReduction reduction = LossReduction.TokenLevel)
    {
        using var scope = NewDisposeScope();
        return Masked.Reduce(OfTokens(logProbs, oldLogProbs, advantages, mask, clip), mask, reduction).MoveToOuterDisposeScope();
    }

    /// <summary>The loss of each token, -min(ratio * A, clip(ratio) * A); 0 or -0 at ignored positions.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, without gradient, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 = counts.</param>
    /// <param name="clip">How far the ratio may be from 1.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    internal static Tensor OfTokens(Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip)
    {
        using var scope = NewDisposeScope();
        var input = new Input(logProbs, oldLogProbs, advantages, mask, clip);
        var (surrogate, _) = Surrogate(input.LogRatio, input.Advantages, clip);
        return (-surrogate).MoveToOuterDisposeScope();
    }

    /// <summary>The loss with one ratio a sequence, the exponential of the mean log-ratio of its counted tokens (GSPO); always the mean of
    /// row means.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one token.</param>
    /// <param name="clip">How far the ratio may be from 1.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, a row counts nothing, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor ClippedSequenceRatio(Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip)
    {
        using var scope = NewDisposeScope();
        var input = new Input(logProbs, oldLogProbs, advantages, mask, clip);
        var ratio = Masked.MeanPerRow(input.LogRatio, mask).unsqueeze(1).expand(logProbs.shape);
        var (surrogate, _) = Surrogate(ratio, input.Advantages, clip);
        return Masked.Reduce(-surrogate, mask, LossReduction.SampleLevel).MoveToOuterDisposeScope();
    }

    /// <summary>The share of counted tokens whose objective is the clipped one, without gradient.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="clip">How far the ratio may be from 1; the dual clip does not matter here.</param>
    /// <param name="sequenceRatio">One ratio a sequence, as in <see cref="ClippedSequenceRatio"/>.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor ClippedFraction(
        Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip, bool sequenceRatio = false)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var input = new Input(logProbs, oldLogProbs, advantages, mask, clip);
        var logRatio = sequenceRatio ? Masked.MeanPerRow(input.LogRatio, mask).unsqueeze(1).expand(logProbs.shape) : input.LogRatio;
        var (_, clipped) = Surrogate(logRatio, input.Advantages, clip);
        return Masked.Mean(clipped.to_type(logProbs.dtype), mask).MoveToOuterDisposeScope();
    }

    /// <summary>The ratio of the probabilities now and at sampling time; 1 at ignored positions.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    public static Tensor Ratio(Tensor logProbs, Tensor oldLogProbs, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return LogRatioOf(logProbs, oldLogProbs, mask).exp().MoveToOuterDisposeScope();
    }

    private static (Tensor Objective, Tensor Clipped) Surrogate(Tensor logRatio, Tensor advantages, ClipRange clip)
    {
        var ratio = logRatio.exp();
        var free = ratio * advantages;
        var bounded = ratio.clamp(1 - clip.Low, 1 + clip.High) * advantages;
        var objective = free.minimum(bounded);
        if (clip.Dual is { } dual)
        {
            objective = where(advantages.lt(0), objective.maximum(advantages * dual), objective);
        }

        return (objective, bounded.lt(free));
    }

    private static Tensor LogRatioOf(Tensor logProbs, Tensor oldLogProbs, Tensor mask)
    {
        TensorChecks.Shape(logProbs, nameof(logProbs), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(logProbs, nameof(logProbs));
        TensorChecks.Same(oldLogProbs, nameof(oldLogProbs), logProbs, nameof(logProbs));
        var counted = TensorChecks.CountingMask(mask, nameof(mask), logProbs.shape);
        TensorChecks.FiniteWhere(logProbs, nameof(logProbs), counted);
        TensorChecks.FiniteWhere(oldLogProbs, nameof(oldLogProbs), counted);
        return (Masked.Clean(logProbs, counted) - Masked.Clean(oldLogProbs, counted)).clamp(-LargestLogRatio, LargestLogRatio);
    }

    private sealed class Input
    {
        public Input(Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip)
        {
            ArgumentNullException.ThrowIfNull(clip);
            clip.Check();
            LogRatio = LogRatioOf(logProbs, oldLogProbs, mask);
            TensorChecks.Same(advantages, nameof(advantages), logProbs, nameof(logProbs));
            var counted = TensorChecks.Mask(mask, nameof(mask), logProbs.shape);
            TensorChecks.FiniteWhere(advantages, nameof(advantages), counted);
            Advantages = Masked.Clean(advantages, counted);
        }

        public Tensor LogRatio { get; }

        public Tensor Advantages { get; }
    }
}

/// <summary>How far the probability ratio of PPO may move before its gradient stops: from 1 - <see cref="Low"/> to 1 +
/// <see cref="High"/>.</summary>
/// <param name="Low">How far below 1, from 0 to 1.</param>
/// <param name="High">How far above 1, not negative.</param>
/// <param name="Dual">The dual clip: for negative advantages A the objective is at least Dual * A; above 1, null for none.</param>
public sealed record ClipRange(double Low, double High, double? Dual = null)
{
    /// <summary>As far on both sides, CRS Eq. 2.11.</summary>
    /// <param name="epsilon">From 0 to 1.</param>
    /// <returns>The range.</returns>
    public static ClipRange Symmetric(double epsilon) => new(epsilon, epsilon);

    internal void Check()
    {
        TensorChecks.Between(Low, 0, 1, nameof(Low));
        TensorChecks.NotNegative(High, nameof(High));
        if (Dual is { } dual && !(dual > 1 && double.IsFinite(dual)))
        {
            throw new ArgumentOutOfRangeException(nameof(Dual), Invariant($"Dual must be finite and above 1, was {dual}."));
        }
    }
}

/// <summary>The value loss of PPO: half the mean of max((v - R)^2, (v' - R)^2) over counted tokens, v' being v kept within a distance of
/// the old value.</summary>
public static class ValueLoss
{
    /// <summary>The loss.</summary>
    /// <param name="values">Values now, floating point, shape [batch, time].</param>
    /// <param name="oldValues">Values at sampling time, shape [batch, time].</param>
    /// <param name="returns">Targets R, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="clip">The largest distance from the old value, not negative; null for no clipping.</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts (at sample level: in a row), or a counted value is not
    /// finite.</exception>
    /// <exception cref="ArgumentException">The clip is negative.</exception>
    public static Tensor Clipped(
        Tensor values, Tensor oldValues, Tensor returns, Tensor mask, double? clip, LossReduction reduction = LossReduction.TokenLevel)
    {
        using var scope = NewDisposeScope();
        var (free, bounded) = Errors(values, oldValues, returns, mask, clip);
        return (Masked.Reduce(free.maximum(bounded), mask, reduction) * 0.5).MoveToOuterDisposeScope();
    }

    /// <summary>The share of counted tokens whose clipped error is the greater one, without gradient.</summary>
    /// <param name="values">Values now, floating point, shape [batch, time].</param>
    /// <param name="oldValues">Values at sampling time, shape [batch, time].</param>
    /// <param name="returns">Targets, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="clip">The largest distance from the old value, not negative.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip is negative.</exception>
    public static Tensor ClippedFraction(Tensor values, Tensor oldValues, Tensor returns, Tensor mask, double clip)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (free, bounded) = Errors(values, oldValues, returns, mask, clip);
        return Masked.Mean(bounded.gt(free).to_type(values.dtype), mask).MoveToOuterDisposeScope();
    }

    private static (Tensor Free, Tensor Bounded) Errors(Tensor values, Tensor oldValues, Tensor returns, Tensor mask, double? clip)
    {
        TensorChecks.NotNegative(clip ?? 0, nameof(clip));
        TensorChecks.Shape(values, nameof(values), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(values, nameof(values));
        TensorChecks.Same(oldValues, nameof(oldValues), values, nameof(values));
        TensorChecks.Same(returns, nameof(returns), values, nameof(values));
        var counted = TensorChecks.CountingMask(mask, nameof(mask), values.shape);
        TensorChecks.FiniteWhere(values, nameof(values), counted);
        TensorChecks.FiniteWhere(oldValues, nameof(oldValues), counted);
        TensorChecks.FiniteWhere(returns, nameof(returns), counted);
        var (now, old, target) = (Masked.Clean(values, counted), Masked.Clean(oldValues, counted), Masked.Clean(returns, counted));
        var free = (now - target).square();
        return (free, clip is { } distance ? (now.clamp(old - distance, old + distance) - target).square() : free);
    }
}

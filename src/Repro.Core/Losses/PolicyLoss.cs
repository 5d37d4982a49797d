using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>
/// The clipped surrogate of PPO as a loss (CRS Eq. 2.11, ADR Eq. 14): the mean of -min(ratio * A, clip(ratio) * A) over counted tokens. The log-ratio is
/// kept within -20 to 20 before it is exponentiated.
/// </summary>
public static class PolicyLoss
{
    private const double LargestLogRatio = 20;

    /// <summary>The loss with one ratio a token.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, without gradient, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 = counts. An adaptive mask here makes it APPO (ADR Eq. 14).</param>
    /// <param name="clip">The room of the ratio.</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts (at sample level: in a row), or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor Clipped(
        Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip, LossReduction reduction = LossReduction.TokenLevel)
    {
        using var scope = NewDisposeScope();
        var input = new Input(logProbs, oldLogProbs, advantages, mask, clip);
        var (surrogate, _) = Surrogate(input.LogRatio, input.Advantages, clip);
        return Masked.Reduce(-surrogate, mask, reduction).MoveToOuterDisposeScope();
    }

    /// <summary>The loss with one ratio a sequence, the exponential of the mean log-ratio of its counted tokens (GSPO); always the mean of row means.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time, shape [batch, time].</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one token.</param>
    /// <param name="clip">The room of the ratio.</param>
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
    /// <param name="clip">The room of the ratio; the dual clip does not matter here.</param>
    /// <param name="sequenceRatio">One ratio a sequence, as in <see cref="ClippedSequenceRatio"/>.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor ClippedFraction(
        Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip, bool sequenceRatio = false)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
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
        Guard.Shape(logProbs, nameof(logProbs), Guard.Any, Guard.Any);
        Guard.Floating(logProbs, nameof(logProbs));
        Guard.Same(oldLogProbs, nameof(oldLogProbs), logProbs, nameof(logProbs));
        var counted = Guard.CountingMask(mask, nameof(mask), logProbs.shape);
        Guard.FiniteWhere(logProbs, nameof(logProbs), counted);
        Guard.FiniteWhere(oldLogProbs, nameof(oldLogProbs), counted);
        return (Masked.Clean(logProbs, counted) - Masked.Clean(oldLogProbs, counted)).clamp(-LargestLogRatio, LargestLogRatio);
    }

    private sealed class Input
    {
        public Input(Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor mask, ClipRange clip)
        {
            ArgumentNullException.ThrowIfNull(clip);
            clip.Check();
            LogRatio = LogRatioOf(logProbs, oldLogProbs, mask);
            Guard.Same(advantages, nameof(advantages), logProbs, nameof(logProbs));
            var counted = Guard.Mask(mask, nameof(mask), logProbs.shape);
            Guard.FiniteWhere(advantages, nameof(advantages), counted);
            Advantages = Masked.Clean(advantages, counted);
        }

        public Tensor LogRatio { get; }

        public Tensor Advantages { get; }
    }
}

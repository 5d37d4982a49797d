using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>The two losses of a PPO minibatch, guarded against a policy that has run away.</summary>
public static class PpoObjective
{
    /// <summary>
    /// The policy loss and the value loss times its coefficient. Where the mean ratio of the minibatch exceeds the threshold both are 0 with gradient 0.
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
        Guard.NotNegative(settings.ValueCoefficient, nameof(settings.ValueCoefficient));
        Guard.Positive(settings.RatioThreshold, nameof(settings.RatioThreshold));
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

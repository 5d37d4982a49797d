using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>The value loss of PPO: half the mean of max((v - R)^2, (v' - R)^2) over counted tokens, v' being v kept within a distance of the old value.</summary>
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
    /// <exception cref="ReproException">Shapes do not fit, nothing counts (at sample level: in a row), or a counted value is not finite.</exception>
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
        using var quiet = no_grad();
        var (free, bounded) = Errors(values, oldValues, returns, mask, clip);
        return Masked.Mean(bounded.gt(free).to_type(values.dtype), mask).MoveToOuterDisposeScope();
    }

    private static (Tensor Free, Tensor Bounded) Errors(Tensor values, Tensor oldValues, Tensor returns, Tensor mask, double? clip)
    {
        Guard.NotNegative(clip ?? 0, nameof(clip));
        Guard.Shape(values, nameof(values), Guard.Any, Guard.Any);
        Guard.Floating(values, nameof(values));
        Guard.Same(oldValues, nameof(oldValues), values, nameof(values));
        Guard.Same(returns, nameof(returns), values, nameof(values));
        var counted = Guard.CountingMask(mask, nameof(mask), values.shape);
        Guard.FiniteWhere(values, nameof(values), counted);
        Guard.FiniteWhere(oldValues, nameof(oldValues), counted);
        Guard.FiniteWhere(returns, nameof(returns), counted);
        var (now, old, target) = (Masked.Clean(values, counted), Masked.Clean(oldValues, counted), Masked.Clean(returns, counted));
        var free = (now - target).square();
        return (free, clip is { } distance ? (now.clamp(old - distance, old + distance) - target).square() : free);
    }
}

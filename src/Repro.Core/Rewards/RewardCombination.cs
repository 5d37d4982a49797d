using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>Two reward signals as one: weight * preference + (1 - weight) * absolute.</summary>
public static class RewardCombination
{
    /// <summary>The weighted sum of the rewards as they are. A weight of 0 is the absolute reward alone, 1 the preference reward
    /// alone.</summary>
    /// <param name="preference">Floating point, shape [batch].</param>
    /// <param name="absolute">The same shape.</param>
    /// <param name="weight">From 0 to 1.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes differ, no reward, or one is not finite.</exception>
    /// <exception cref="ArgumentException">The weight is outside 0 to 1.</exception>
    public static Tensor Raw(Tensor preference, Tensor absolute, double weight)
    {
        Check(preference, absolute, weight);
        using var scope = NewDisposeScope();
        return ((preference * weight) + (absolute * (1 - weight))).MoveToOuterDisposeScope();
    }

    private static void Check(Tensor preference, Tensor absolute, double weight)
    {
        TensorChecks.Between(weight, 0, 1, nameof(weight));
        TensorChecks.Vector(preference, nameof(preference));
        TensorChecks.Same(absolute, nameof(absolute), preference, nameof(preference));
        TensorChecks.Finite(absolute, nameof(absolute));
    }
}

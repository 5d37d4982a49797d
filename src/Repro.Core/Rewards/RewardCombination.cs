using Repro.Core.Losses;
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

    /// <summary>The weighted sum after each signal is brought to mean 0 and standard deviation 1 (divisor n - 1); a constant signal adds
    /// 0.</summary>
    /// <param name="preference">Floating point, shape [batch], at least two.</param>
    /// <param name="absolute">The same shape.</param>
    /// <param name="weight">From 0 to 1.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes differ, fewer than two rewards, or one is not finite.</exception>
    /// <exception cref="ArgumentException">The weight is outside 0 to 1.</exception>
    public static Tensor Standardised(Tensor preference, Tensor absolute, double weight)
    {
        Check(preference, absolute, weight);
        using var scope = NewDisposeScope();
        return ((Standardise(preference) * weight) + (Standardise(absolute) * (1 - weight))).MoveToOuterDisposeScope();
    }

    private static Tensor Standardise(Tensor rewards)
    {
        var row = rewards.unsqueeze(0);
        return Masked.Whiten(row, row.ones_like()).squeeze(0);
    }

    private static void Check(Tensor preference, Tensor absolute, double weight)
    {
        TensorChecks.Between(weight, 0, 1, nameof(weight));
        TensorChecks.Vector(preference, nameof(preference));
        TensorChecks.Same(absolute, nameof(absolute), preference, nameof(preference));
        TensorChecks.Finite(absolute, nameof(absolute));
    }
}

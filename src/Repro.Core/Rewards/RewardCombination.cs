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

/// <summary>Ways to keep rewards within bounds.</summary>
public static class RewardBounds
{
    /// <summary>Rewards cut off at two ends.</summary>
    /// <param name="rewards">Floating point, shape [batch].</param>
    /// <param name="low">The smallest result.</param>
    /// <param name="high">The greatest result, above <paramref name="low"/>.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">The rewards are empty, of the wrong shape or not finite.</exception>
    /// <exception cref="ArgumentException">The ends are not in order.</exception>
    public static Tensor Clip(Tensor rewards, double low, double high)
    {
        if (!(low < high))
        {
            throw new ArgumentOutOfRangeException(nameof(high), Invariant($"high must be above low {low}, was {high}."));
        }

        TensorChecks.Vector(rewards, nameof(rewards));
        return rewards.clamp(low, high);
    }

    /// <summary>The bounded form of a raw output (logit): its sigmoid, from 0 to 1.</summary>
    /// <param name="logits">Floating point, shape [batch].</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">The rewards are empty, of the wrong shape or not finite.</exception>
    public static Tensor Sigmoid(Tensor logits)
    {
        TensorChecks.Vector(logits, nameof(logits));
        return logits.sigmoid();
    }
}

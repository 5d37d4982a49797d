using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

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

        Guard.Vector(rewards, nameof(rewards));
        return rewards.clamp(low, high);
    }

    /// <summary>The bounded form of a raw output (logit): its sigmoid, from 0 to 1.</summary>
    /// <param name="logits">Floating point, shape [batch].</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">The rewards are empty, of the wrong shape or not finite.</exception>
    public static Tensor Sigmoid(Tensor logits)
    {
        Guard.Vector(logits, nameof(logits));
        return logits.sigmoid();
    }
}

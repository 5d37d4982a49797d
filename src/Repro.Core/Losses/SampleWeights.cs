using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Weights that make up for rare labels at the ends of the scale.</summary>
public static class SampleWeights
{
    /// <summary>The weight strength * all / rare of a rare range of labels.</summary>
    /// <param name="strength">The share of a full compensation, above 0.</param>
    /// <param name="all">Number of samples of the training list.</param>
    /// <param name="rare">Number of those in the rare range.</param>
    /// <returns>The weight of a sample in the rare range.</returns>
    /// <exception cref="ArgumentException">The strength is not above 0, or the counts are impossible.</exception>
    public static double InverseFrequency(double strength, long all, long rare)
    {
        Guard.Positive(strength, nameof(strength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rare);
        ArgumentOutOfRangeException.ThrowIfLessThan(all, rare);
        return strength * all / rare;
    }

    /// <summary><paramref name="weight"/> where the label is at most <paramref name="low"/> or at least <paramref name="high"/>, otherwise 1.</summary>
    /// <param name="targets">Labels, floating point, shape [batch].</param>
    /// <param name="weight">The weight of the ends, not negative.</param>
    /// <param name="low">Upper bound of the low end, included.</param>
    /// <param name="high">Lower bound of the high end, included; infinity for none.</param>
    /// <returns>Shape [batch], dtype of the labels.</returns>
    /// <exception cref="ReproException">The labels are empty, not finite or of the wrong shape.</exception>
    /// <exception cref="ArgumentException">The weight is negative.</exception>
    public static Tensor Ends(Tensor targets, double weight, double low, double high = double.PositiveInfinity)
    {
        Guard.NotNegative(weight, nameof(weight));
        Guard.Vector(targets, nameof(targets));
        using var scope = NewDisposeScope();
        var ends = targets.le(low).logical_or(targets.ge(high));
        return targets.ones_like().masked_fill(ends, weight).MoveToOuterDisposeScope();
    }
}

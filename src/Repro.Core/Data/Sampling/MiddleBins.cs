using Repro.Core.Evaluation.RewardModels;

namespace Repro.Core.Data.Sampling;

/// <summary>Equally wide bins between the low and the high scores.</summary>
/// <param name="Ranges">What low and high are.</param>
/// <param name="Count">Number of bins, at least 1.</param>
public sealed record MiddleBins(ScoreRanges Ranges, int Count)
{
    /// <summary>The bin of a score; each bin holds its upper edge: (0.4, 0.5], ..., (0.8, 0.9) for five between 0.4 and 0.9.</summary>
    /// <param name="score">Between the bounds.</param>
    /// <returns>From 0 to <see cref="Count"/> - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The score is low or high, or there are no bins.</exception>
    public int Of(double score)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1);
        if (Ranges.Of(score) != ScoreRange.Between)
        {
            throw new ArgumentOutOfRangeException(nameof(score), score, Invariant($"A score between {Ranges.Low} and {Ranges.High} was expected."));
        }

        // Decimals, so that the edge between 0.4 and 0.9 after two of five steps is 0.6 and not a little more.
        var (low, high) = ((decimal)Ranges.Low, (decimal)Ranges.High);
        var bin = 0;
        while (bin < Count - 1 && score > (double)(low + ((high - low) * (bin + 1) / Count)))
        {
            bin++;
        }

        return bin;
    }
}

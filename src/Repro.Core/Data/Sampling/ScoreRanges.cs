namespace Repro.Core.Data.Sampling;

/// <summary>Low, middle and high scores. Both bounds belong to the ends: low up to and with <paramref name="Low"/>, high from <paramref name="High"/> on.</summary>
/// <param name="Low">Highest low score.</param>
/// <param name="High">Lowest high score, above <paramref name="Low"/>.</param>
public sealed record ScoreRanges(double Low = 0.4, double High = 0.9)
{
    /// <summary>Whether a score is low.</summary>
    /// <param name="score">From 0 to 1.</param>
    public bool IsLow(double score) => score <= Low;

    /// <summary>Whether a score is high.</summary>
    /// <param name="score">From 0 to 1.</param>
    public bool IsHigh(double score) => score >= High;

    /// <summary>
    /// The bin of a middle score; bins are equally wide and each holds its upper edge: (0.4, 0.5], ..., (0.8, 0.9) for five between 0.4 and 0.9.
    /// </summary>
    /// <param name="score">Between the bounds.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    /// <returns>From 0 to <paramref name="bins"/> - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The score is low or high, or there are no bins.</exception>
    public int Bin(double score, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (!(score > Low && score < High))
        {
            throw new ArgumentOutOfRangeException(nameof(score), score, $"A score between {Low} and {High} was expected.");
        }

        // Decimals, so that the edge between 0.4 and 0.9 after two of five steps is 0.6 and not a little more.
        var (low, high) = ((decimal)Low, (decimal)High);
        var bin = 0;
        while (bin < bins - 1 && score > (double)(low + ((high - low) * (bin + 1) / bins)))
        {
            bin++;
        }

        return bin;
    }
}

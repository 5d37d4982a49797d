using Repro.Core.Data.Records;
using Repro.Core.Evaluation.RewardModels;

namespace Repro.Core.Data.Sampling;

/// <summary>Evens out how often low, middle and high scores occur among rated replies. Pure functions; equal seeds give equal rows.</summary>
public static class ScoreSampling
{
    /// <summary>Thins out the middle: of each bin at most a number of rows remains, drawn without replacement. Low and high scores stay.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low and high are.</param>
    /// <param name="bins">Bins of the middle, at least 1.</param>
    /// <param name="rowsPerBin">Most rows of each bin, not negative.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <returns>The remaining rows in their old order.</returns>
    /// <exception cref="ReproException">A row has no score.</exception>
    public static IReadOnlyList<RatedReply> UnderSampleMiddle(IReadOnlyList<RatedReply> rows, ScoreRanges ranges, int bins, int rowsPerBin, long seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfNegative(rowsPerBin);
        var middle = new MiddleBins(ranges, bins);
        var indices = Enumerable.Range(0, rows.Count).ToList();
        var kept = indices.Where(i => !IsMiddle(i));
        var drawn = indices.Where(IsMiddle)
            .GroupBy(i => middle.Of(rows[i].Target))
            .SelectMany(bin => Permutation.Sample(bin.ToList(), rowsPerBin, seed, bin.Key));
        return [.. kept.Concat(drawn).Order().Select(i => rows[i])];

        bool IsMiddle(int i) => ranges.Of(rows[i].Target) == ScoreRange.Between;
    }

    /// <summary>Appends each low row once more.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low is.</param>
    /// <returns>All rows, then the low ones again in order.</returns>
    /// <exception cref="ReproException">A row has no score.</exception>
    public static IReadOnlyList<RatedReply> DuplicateLow(IReadOnlyList<RatedReply> rows, ScoreRanges ranges)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(ranges);
        return [.. rows, .. rows.Where(row => ranges.Of(row.Target) == ScoreRange.Low)];
    }

    /// <summary>Replaces the low rows by draws from them with replacement.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low is.</param>
    /// <param name="factor">Draws for each low row, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <returns>The other rows in their old order, then the draws.</returns>
    /// <exception cref="ReproException">A row has no score.</exception>
    public static IReadOnlyList<RatedReply> ResampleLow(IReadOnlyList<RatedReply> rows, ScoreRanges ranges, int factor, long seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var low = rows.Where(row => ranges.Of(row.Target) == ScoreRange.Low).ToList();
        var random = Permutation.Generator(seed, 0);
        return [.. rows.Where(row => ranges.Of(row.Target) != ScoreRange.Low), .. Enumerable.Range(0, checked(low.Count * factor)).Select(_ => low[random.NextInt32(low.Count)])];
    }
}

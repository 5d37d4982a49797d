using Repro.Core.Configuration;
using Repro.Core.Randomness;

namespace Repro.Core.Data;

/// <summary>Everything that is done to rated replies before training: over-sampling, augmentation, under-sampling, weights, in this
/// order.</summary>
public sealed record ScoreBalance : ICheckedSettings
{
    /// <summary>Highest low score.</summary>
    [Within(0, 1)]
    public double Low { get; init; } = 0.4;

    /// <summary>Lowest high score.</summary>
    [Within(0, 1)]
    public double High { get; init; } = 0.9;

    /// <summary>How low scores are made more frequent; rows that augmentation adds are not concerned.</summary>
    public OverSampling OverSample { get; init; } = OverSampling.None;

    /// <summary>Rows of middle scores that remain at most, an equal number of each bin; null for all.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? UnderSampleTo { get; init; }

    /// <summary>Bins of the middle for under-sampling.</summary>
    [Within(1, 1000)]
    public int Bins { get; init; } = 5;

    /// <summary>Strength of weights by rarity for low scores; null for none.</summary>
    [Within(1e-9, 1e9, Instead = "leave the key out for no weights")]
    public double? RarityStrength { get; init; }

    /// <summary>Constant weight of low and high scores; null for none. Excludes <see cref="RarityStrength"/>.</summary>
    [Within(1e-9, 1e9, Instead = "leave the key out for no weights")]
    public double? EndWeight { get; init; }

    /// <summary>Seed of all draws.</summary>
    public long Seed { get; init; }

    string? ICheckedSettings.Problem => Problem;

    private string? Problem =>
        !(Low < High) ? Invariant($"low scores end at {Low} and high ones begin at {High}; the first must be below the second")
        : RarityStrength is not null && EndWeight is not null
            ? "rows are weighted by rarity or by a constant at both ends; both were asked for"
        : UnderSampleTo < Bins ? Invariant($"{UnderSampleTo} rows cannot be shared by {Bins} bins; at least one for each was expected")
        : null;

    /// <summary>Balances rows.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="augmented">Paraphrases that are appended; null or empty for none.</param>
    /// <exception cref="ReproException">A row has no score, or settings exclude each other.</exception>
    public IReadOnlyList<RatedReply> Apply(IReadOnlyList<RatedReply> rows, IReadOnlyList<RatedReply>? augmented = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        this.RequireFitting();

        var ranges = new ScoreRanges { Low = Low, High = High };
        var result = OverSample switch
        {
            OverSampling.Duplicate => ScoreSampling.DuplicateLow(rows, ranges),
            OverSampling.Resample => ScoreSampling.ResampleLow(rows, ranges, 2, Seed),
            _ => rows,
        };
        result = augmented is { Count: > 0 } ? [.. result, .. augmented] : result;
        result = UnderSampleTo is { } middle ? ScoreSampling.UnderSampleMiddle(result, ranges, Bins, middle / Bins, Seed) : result;
        return RarityStrength is { } strength ? LossWeights.ByRarity(result, ranges, strength)
            : EndWeight is { } weight ? LossWeights.AtBothEnds(result, ranges, weight)
            : result;
    }
}

/// <summary>Evens out how often low, middle and high scores occur among rated replies. Pure functions; equal seeds give equal
/// rows.</summary>
public static class ScoreSampling
{
    /// <summary>Thins out the middle: of each bin at most a number of rows remains, drawn without replacement. Low and high scores
    /// stay.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low and high are.</param>
    /// <param name="bins">Bins of the middle, at least 1.</param>
    /// <param name="rowsPerBin">Most rows of each bin, not negative.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <returns>The remaining rows in their old order.</returns>
    /// <exception cref="ReproException">A row has no score.</exception>
    public static IReadOnlyList<RatedReply> UnderSampleMiddle(
        IReadOnlyList<RatedReply> rows, ScoreRanges ranges, int bins, int rowsPerBin, long seed)
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
        return [.. rows.Where(row => ranges.Of(row.Target) != ScoreRange.Low),
            .. Enumerable.Range(0, checked(low.Count * factor)).Select(_ => low[random.NextInt32(low.Count)])];
    }
}

/// <summary>How low scores are made more frequent.</summary>
public enum OverSampling
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>Each low row comes once more.</summary>
    Duplicate,

    /// <summary>Low rows are drawn with replacement, twice as many as there are.</summary>
    Resample,
}

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
            throw new ArgumentOutOfRangeException(
                nameof(score), score, Invariant($"A score between {Ranges.Low} and {Ranges.High} was expected."));
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

/// <summary>Gives rows with rare scores more weight in the loss.</summary>
public static class LossWeights
{
    /// <summary>Weighs low rows by their rarity: strength * N / N_low, others by 1. N counts the rows that are given here, which are those
    /// trained on.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low is.</param>
    /// <param name="strength">Share of the full weight, above 0.</param>
    /// <exception cref="ReproException">No row is low, or a row has no score.</exception>
    public static IReadOnlyList<RatedReply> ByRarity(IReadOnlyList<RatedReply> rows, ScoreRanges ranges, double strength)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(strength);
        var low = rows.Count(row => ranges.Of(row.Target) == ScoreRange.Low);
        if (low == 0)
        {
            throw new ReproException(
                Invariant($"none of {rows.Count} rows has a score up to {ranges.Low}; rare scores cannot be weighted."));
        }

        var weight = strength * rows.Count / low;
        return [.. rows.Select(row => row with { Weight = ranges.Of(row.Target) == ScoreRange.Low ? weight : 1 })];
    }

    /// <summary>Weighs low and high rows by a constant, others by 1.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="ranges">What low and high are.</param>
    /// <param name="weight">Weight of both ends, above 0.</param>
    /// <exception cref="ReproException">A row has no score.</exception>
    public static IReadOnlyList<RatedReply> AtBothEnds(IReadOnlyList<RatedReply> rows, ScoreRanges ranges, double weight)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        return [.. rows.Select(row => row with { Weight = ranges.Of(row.Target) == ScoreRange.Between ? 1 : weight })];
    }
}

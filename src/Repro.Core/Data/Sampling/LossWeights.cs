using Repro.Core.Data.Records;
using Repro.Core.Evaluation.RewardModels;

namespace Repro.Core.Data.Sampling;

/// <summary>Gives rows with rare scores more weight in the loss.</summary>
public static class LossWeights
{
    /// <summary>Weighs low rows by their rarity: strength * N / N_low, others by 1. N counts the rows that are given here, which are those trained on.</summary>
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
            throw new ReproException(Invariant($"none of {rows.Count} rows has a score up to {ranges.Low}; rare scores cannot be weighted."));
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

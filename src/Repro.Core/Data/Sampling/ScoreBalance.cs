using System.ComponentModel.DataAnnotations;
using Repro.Core.Data.Records;
using Repro.Core.Evaluation.RewardModels;

namespace Repro.Core.Data.Sampling;

/// <summary>Everything that is done to rated replies before training: over-sampling, augmentation, under-sampling, weights, in this order.</summary>
public sealed record ScoreBalance
{
    /// <summary>Highest low score.</summary>
    [Range(0.0, 1.0)]
    public double Low { get; init; } = 0.4;

    /// <summary>Lowest high score.</summary>
    [Range(0.0, 1.0)]
    public double High { get; init; } = 0.9;

    /// <summary>How low scores are made more frequent; rows that augmentation adds are not concerned.</summary>
    public OverSampling OverSample { get; init; } = OverSampling.None;

    /// <summary>Rows of middle scores that remain at most, an equal number of each bin; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? UnderSampleTo { get; init; }

    /// <summary>Bins of the middle for under-sampling.</summary>
    [Range(1, 1000)]
    public int Bins { get; init; } = 5;

    /// <summary>Strength of weights by rarity for low scores; null for none.</summary>
    [Range(1e-9, 1e9)]
    public double? RarityStrength { get; init; }

    /// <summary>Constant weight of low and high scores; null for none. Excludes <see cref="RarityStrength"/>.</summary>
    [Range(1e-9, 1e9)]
    public double? EndWeight { get; init; }

    /// <summary>Seed of all draws.</summary>
    public long Seed { get; init; }

    /// <summary>Balances rows.</summary>
    /// <param name="rows">Rows with scores.</param>
    /// <param name="augmented">Paraphrases that are appended; null or empty for none.</param>
    /// <exception cref="ReproException">A row has no score, or settings exclude each other.</exception>
    public IReadOnlyList<RatedReply> Apply(IReadOnlyList<RatedReply> rows, IReadOnlyList<RatedReply>? augmented = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!(Low < High))
        {
            throw new ReproException(Invariant($"low scores end at {Low} and high ones begin at {High}; the first must be below the second."));
        }

        if (RarityStrength is not null && EndWeight is not null)
        {
            throw new ReproException("rows are weighted by rarity or by a constant at both ends; both were asked for.");
        }

        if (UnderSampleTo < Bins)
        {
            throw new ReproException(Invariant($"{UnderSampleTo} rows cannot be shared by {Bins} bins; at least one for each was expected."));
        }

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

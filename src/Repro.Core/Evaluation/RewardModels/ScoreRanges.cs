namespace Repro.Core.Evaluation.RewardModels;

/// <summary>Which labels are low, which high (CRS Tables 6 and 7).</summary>
public sealed record ScoreRanges
{
    /// <summary>Labels up to here, included, are low.</summary>
    public required double Low { get; init; }

    /// <summary>Labels from here on, included, are high; above <see cref="Low"/>.</summary>
    public required double High { get; init; }

    /// <summary>The range of a label.</summary>
    /// <param name="label">The label.</param>
    public ScoreRange Of(double label) => label <= Low ? ScoreRange.Low : label >= High ? ScoreRange.High : ScoreRange.Between;
}

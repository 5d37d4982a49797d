namespace Repro.Core.Evaluation.Statistics;

/// <summary>What a printed share is a share of.</summary>
public enum GrimScale
{
    /// <summary>k / n, such as 0.45.</summary>
    Proportion = 1,

    /// <summary>100 k / n, such as 45.</summary>
    Percent = 100,
}

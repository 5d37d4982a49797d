namespace Repro.Core.Losses;

/// <summary>The mean of the counted values after whitening.</summary>
public enum WhitenedMean
{
    /// <summary>0.</summary>
    Zero,

    /// <summary>The mean from before is added back.</summary>
    Kept,
}

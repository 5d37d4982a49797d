namespace Repro.Core.Losses;

/// <summary>The divisor of a variance over n counted values.</summary>
public enum VarianceEstimate
{
    /// <summary>n - 1 (Bessel); needs two counted values.</summary>
    Unbiased,

    /// <summary>n.</summary>
    Biased,
}

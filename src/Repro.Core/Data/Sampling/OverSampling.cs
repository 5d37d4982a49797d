namespace Repro.Core.Data.Sampling;

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

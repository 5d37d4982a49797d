namespace Repro.Core.Evaluation.Statistics;

/// <summary>A closed interval of real numbers.</summary>
/// <param name="Lower">Lower bound.</param>
/// <param name="Upper">Upper bound.</param>
public readonly record struct Interval(double Lower, double Upper)
{
    /// <summary>Length of the interval.</summary>
    public double Width => Upper - Lower;

    /// <summary>Whether a value lies in the interval, bounds included; false for NaN.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(double value) => value >= Lower && value <= Upper;
}

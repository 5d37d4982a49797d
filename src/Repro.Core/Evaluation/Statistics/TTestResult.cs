namespace Repro.Core.Evaluation.Statistics;

/// <summary>A two-sided t test.</summary>
/// <param name="Difference">Mean of the first sample minus mean of the second.</param>
/// <param name="StandardError">Standard error of the difference.</param>
/// <param name="T">Difference over standard error; 0 when both are 0, infinite when only the standard error is 0.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom; fractional for Welch's form.</param>
/// <param name="PValue">Two-sided p.</param>
public sealed record TTestResult(double Difference, double StandardError, double T, double DegreesOfFreedom, double PValue)
{
    /// <summary>Confidence interval of the difference.</summary>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The level is impossible.</exception>
    public Interval Interval(double level = 0.95)
    {
        Require.OpenUnit(level);
        var half = StandardError == 0 ? 0 : Distributions.StudentCritical(level, DegreesOfFreedom) * StandardError;
        return new Interval(Difference - half, Difference + half);
    }
}

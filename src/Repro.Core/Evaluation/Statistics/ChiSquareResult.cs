namespace Repro.Core.Evaluation.Statistics;

/// <summary>A chi-squared test.</summary>
/// <param name="Statistic">Sum of squared deviations over expectations.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom.</param>
/// <param name="PValue">Upper tail area.</param>
public sealed record ChiSquareResult(double Statistic, int DegreesOfFreedom, double PValue);

namespace Repro.Core.Evaluation.Statistics;

/// <summary>Agreement of several raters who rank the same items.</summary>
/// <param name="W">Kendall's coefficient of concordance, 0 (none) to 1 (equal rankings).</param>
/// <param name="ChiSquared">Friedman's statistic m (n - 1) W.</param>
/// <param name="DegreesOfFreedom">Items minus 1.</param>
/// <param name="PValue">Upper tail of chi-squared: an approximation that needs several raters.</param>
public sealed record KendallWResult(double W, double ChiSquared, int DegreesOfFreedom, double PValue);

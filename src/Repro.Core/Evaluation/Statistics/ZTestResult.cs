namespace Repro.Core.Evaluation.Statistics;

/// <summary>A two-sided normal test of a difference of two proportions.</summary>
/// <param name="Difference">First proportion minus second.</param>
/// <param name="StandardError">Standard error of the difference; 0 when neither sample varies.</param>
/// <param name="Z">Difference over standard error; 0 when both are 0, infinite when only the standard error is 0.</param>
/// <param name="PValue">Two-sided p.</param>
public sealed record ZTestResult(double Difference, double StandardError, double Z, double PValue);

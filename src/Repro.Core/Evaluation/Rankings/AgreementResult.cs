namespace Repro.Core.Evaluation.Rankings;

/// <summary>Agreement of predicted and target preferences.</summary>
/// <param name="Score">1 - <paramref name="Error"/>.</param>
/// <param name="Error">Mean disagreement, 0 to 1.</param>
/// <param name="StandardError">Sample standard deviation (ddof 1) of the disagreements over the square root of their number; NaN for one pair.</param>
/// <param name="Total">Pairs in which both preferences count.</param>
public sealed record AgreementResult(double Score, double Error, double StandardError, int Total);

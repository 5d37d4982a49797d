namespace Repro.Core.Evaluation.Rankings;

/// <summary>A win rate of a model against a baseline.</summary>
/// <param name="WinRate">Percent; a draw counts one half.</param>
/// <param name="StandardError">Percent, sample standard deviation (ddof 1) over the square root of the total; NaN for one annotation.</param>
/// <param name="Wins">Annotations above a draw.</param>
/// <param name="BaselineWins">Annotations below a draw.</param>
/// <param name="Draws">Annotations that are draws.</param>
/// <param name="Total">Annotations that count; failed ones and values out of range do not.</param>
public sealed record WinRateResult(double WinRate, double StandardError, int Wins, int BaselineWins, int Draws, int Total);

using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>Win rates in the convention of AlpacaEval.</summary>
public static class WinRate
{
    /// <summary>Mean of preference - 1 in percent, over the annotations that succeeded.</summary>
    /// <param name="preferences">1 = baseline better, 2 = model better, 0 or 1.5 = draw, in between = degrees; null, NaN and values outside are left out.</param>
    /// <param name="rule">Whether degrees are rounded first.</param>
    /// <exception cref="ArgumentException">No annotation counts, or the rule is unknown.</exception>
    public static WinRateResult Compute(IReadOnlyList<double?> preferences, ScoringRule rule = ScoringRule.Absolute)
    {
        ArgumentNullException.ThrowIfNull(preferences);
        Preferences.Check(rule);
        var values = preferences.Select(preference => Preferences.Read(preference, rule)).OfType<double>().ToArray();
        if (values.Length == 0)
        {
            throw new ArgumentException(
                $"preferences must hold at least one value of 0 or between 1 and 2, held none among {preferences.Count}.", nameof(preferences));
        }

        return new WinRateResult(
            (Descriptive.Mean(values) - 1) * 100,
            values.Length == 1 ? double.NaN : StandardError.OfMean(values, 1) * 100,
            values.Count(value => value > Preferences.Draw),
            values.Count(value => value < Preferences.Draw),
            values.Count(value => value == Preferences.Draw),
            values.Length);
    }

    /// <summary>As <see cref="Compute(IReadOnlyList{double?}, ScoringRule)"/> for counts of wins, losses and draws.</summary>
    /// <param name="wins">Comparisons that the model wins.</param>
    /// <param name="baselineWins">Comparisons that the baseline wins.</param>
    /// <param name="draws">Comparisons that neither wins.</param>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static WinRateResult FromCounts(int wins, int baselineWins, int draws = 0)
    {
        Require.AtLeast(wins, 0);
        Require.AtLeast(baselineWins, 0);
        Require.AtLeast(draws, 0);
        return Compute(
        [
            .. Enumerable.Repeat<double?>(2, wins), .. Enumerable.Repeat<double?>(1, baselineWins), .. Enumerable.Repeat<double?>(Preferences.Draw, draws),
        ]);
    }
}

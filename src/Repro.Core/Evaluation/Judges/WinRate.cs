using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// How often the second answer of a pair is preferred, as AlpacaEval counts (<c>metrics/winrate.py</c>): a preference z lies between 1 (the
/// first) and 2 (the second), 0 stands for 1.5, and w = z - 1.
/// </summary>
/// <param name="Rate">100 mean(w).</param>
/// <param name="StandardError">100 sd(w) / sqrt(n) with n - 1 degrees of freedom; NaN for a single pair.</param>
/// <param name="Wins">Pairs with w above 0.5.</param>
/// <param name="WinsBase">Pairs with w below 0.5.</param>
/// <param name="Draws">Pairs with w = 0.5.</param>
/// <param name="DiscreteRate">100 (wins + draws / 2) / n.</param>
/// <param name="Total">Pairs with a preference, n.</param>
/// <param name="Missing">Pairs without one; AlpacaEval drops them, and so does <paramref name="Rate"/>.</param>
/// <param name="Lower">The rate if the second answer lost all missing pairs.</param>
/// <param name="Upper">The rate if it won them all.</param>
public sealed record WinRate(
    double Rate,
    double StandardError,
    int Wins,
    int WinsBase,
    int Draws,
    double DiscreteRate,
    int Total,
    int Missing,
    double Lower,
    double Upper)
{
    /// <summary>Counts preferences.</summary>
    /// <param name="preferences">One a pair: 0 or from 1 to 2; null or NaN for an answer that could not be read.</param>
    /// <exception cref="ReproException">A preference is outside, or there is none at all.</exception>
    public static WinRate Compute(IEnumerable<double?> preferences)
    {
        ArgumentNullException.ThrowIfNull(preferences);
        var all = preferences.ToList();
        var won = all.Where(z => z is { } number && !double.IsNaN(number)).Select((z, index) => Share(z!.Value, index)).ToArray();
        if (won.Length == 0)
        {
            throw new ReproException(Invariant($"none of {all.Count} pairs has a preference."));
        }

        var (wins, losses) = (won.Count(w => w > 0.5), won.Count(w => w < 0.5));
        var draws = won.Length - wins - losses;
        var missing = all.Count - won.Length;
        return new WinRate(
            100 * Descriptive.Mean(won),
            won.Length == 1 ? double.NaN : 100 * Statistics.StandardError.OfMean(won, 1),
            wins,
            losses,
            draws,
            100 * (wins + (draws / 2.0)) / won.Length,
            won.Length,
            missing,
            100 * won.Sum() / all.Count,
            100 * (won.Sum() + missing) / all.Count);
    }

    private static double Share(double z, int index) => z == 0 ? 0.5 : z is >= 1 and <= 2 ? z - 1
        : throw new ReproException(Invariant($"preference {index} must be 0 or from 1 to 2, was {z}."));
}

namespace Repro.Experiments.Procedures;

/// <summary>Recovers the sample size behind stored shares: the smallest number of cases of which all of them are whole counts.</summary>
public static class CommonDenominator
{
    /// <summary>The smallest number of cases, or null when none up to the limit fits.</summary>
    /// <param name="shares">Shares in [0, 1], stored to nearly full precision; at least one.</param>
    /// <param name="limit">Largest number tried.</param>
    /// <param name="tolerance">How far a share times the number may lie from a whole count.</param>
    /// <exception cref="ArgumentException">There is no share.</exception>
    public static int? Smallest(IReadOnlyCollection<double> shares, int limit, double tolerance = 1e-9)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (shares.Count == 0)
        {
            throw new ArgumentException("at least one share is needed", nameof(shares));
        }

        for (var n = 1; n <= limit; n++)
        {
            if (shares.All(s => Math.Abs((s * n) - Math.Round(s * n)) <= tolerance * Math.Max(1, n)))
            {
                return n;
            }
        }

        return null;
    }
}

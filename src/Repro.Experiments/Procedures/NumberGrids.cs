using System.Globalization;

namespace Repro.Experiments.Procedures;

/// <summary>Recognises numbers that were bfloat16 before they were printed: 8 bits of significand leave few values.</summary>
internal static class BFloat16Grid
{
    private const int SignificandBits = 8;

    /// <summary>The bfloat16 number nearest to a positive number of normal size.</summary>
    /// <param name="value">A positive finite number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive and finite.</exception>
    public static double Nearest(double value)
    {
        var spacing = Spacing(value);
        return Math.Round(value / spacing, MidpointRounding.ToEven) * spacing;
    }

    /// <summary>Whether a bfloat16 number, rounded to the printed places, gives the printed text.</summary>
    /// <param name="value">The printed number, positive.</param>
    /// <param name="decimals">Places after the point as printed.</param>
    public static bool Holds(double value, int decimals)
    {
        var printed = value.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture);
        return Nearest(value).ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture) == printed;
    }

    /// <summary>Share of the printable numbers near a value that are rounded bfloat16 numbers: how likely chance alone puts a number on the
    /// grid.</summary>
    /// <param name="value">The printed number, positive.</param>
    /// <param name="decimals">Places after the point as printed.</param>
    public static double ChanceShare(double value, int decimals) => Math.Min(1, Math.Pow(10, -decimals) / Spacing(value));

    private static double Spacing(double value)
    {
        if (!(value > 0) || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "a positive finite number is needed");
        }

        return Math.ScaleB(1, Math.ILogB(value) + 1 - SignificandBits);
    }
}

/// <summary>Shares of a small number of prompts can take few values only.</summary>
internal static class PercentGrid
{
    /// <summary>The count of a share, or null when no whole number of prompts gives it.</summary>
    /// <param name="percent">The share in percent.</param>
    /// <param name="prompts">Number of prompts, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no prompt.</exception>
    public static int? Count(double percent, int prompts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prompts, 1);
        var count = percent * prompts / 100;
        var whole = Math.Round(count);
        return Math.Abs(count - whole) <= 1e-9 * prompts && whole >= 0 && whole <= prompts ? (int)whole : null;
    }
}

/// <summary>Recognises averages of few whole ratings: fractions with a small denominator.</summary>
internal static class SmallFractions
{
    /// <summary>Whether a number is k / m for whole k and m.</summary>
    /// <param name="value">The number.</param>
    /// <param name="largestDenominator">Largest m, at least 1.</param>
    /// <param name="tolerance">How far the number may lie from k / m.</param>
    public static bool Matches(double value, int largestDenominator, double tolerance = 1e-9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestDenominator, 1);
        return Enumerable.Range(1, largestDenominator).Any(m => Math.Abs(value - (Math.Round(value * m) / m)) < tolerance);
    }

    /// <summary>Share of numbers of an interval that lie that near to such a fraction: how often chance alone matches.</summary>
    /// <param name="low">Lower end.</param>
    /// <param name="high">Upper end, above the lower one.</param>
    /// <param name="largestDenominator">Largest m, at least 1.</param>
    /// <param name="tolerance">As for <see cref="Matches"/>.</param>
    public static double ChanceShare(double low, double high, int largestDenominator, double tolerance = 1e-9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        ArgumentOutOfRangeException.ThrowIfLessThan(largestDenominator, 1);
        var fractions = Enumerable.Range(1, largestDenominator)
            .SelectMany(m => Enumerable.Range(0, (int)Math.Floor(high * m) + 1).Select(k => (double)k / m))
            .Where(f => f >= low)
            .Distinct()
            .Count();
        return Math.Min(1, fractions * 2 * tolerance / (high - low));
    }
}

/// <summary>Recovers the sample size of stored shares: the smallest number of cases of which all of them are whole counts.</summary>
internal static class CommonDenominator
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

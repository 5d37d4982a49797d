using System.Globalization;
using System.Numerics;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>
/// The granularity test of Brown and Heathers: can a printed mean of n whole numbers (a share k / n) be what it claims? All decisions are
/// made in exact integer arithmetic.
/// </summary>
public static class Grim
{
    private const int MostDecimals = 15;

    /// <summary>Whether some whole number k of <paramref name="n"/> rounds to the printed share.</summary>
    /// <param name="printed">As printed, with all its digits: <c>0.7940</c> has four. A trailing % sign means a percent scale.</param>
    /// <param name="n">Number of items, at least 1.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <exception cref="ArgumentException">The text is no plain decimal number, or <paramref name="n"/> is not positive.</exception>
    public static bool IsAttainable(
        string printed, int n, GrimScale scale = GrimScale.Proportion, GrimRounding rounding = GrimRounding.Either) =>
        Numerators(printed, n, scale, rounding).Count > 0;

    /// <summary>As the first form, from a number and the count of decimals it was printed with.</summary>
    /// <param name="value">The printed number.</param>
    /// <param name="decimals">Digits after the point, 0 to 15.</param>
    /// <param name="n">Number of items, at least 1.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <exception cref="ArgumentException">The number has more decimals than stated, or an argument is impossible.</exception>
    public static bool IsAttainable(
        double value, int decimals, int n, GrimScale scale = GrimScale.Proportion, GrimRounding rounding = GrimRounding.Either) =>
        Candidates(Digits(value, decimals), decimals, n, scale, rounding).Count > 0;

    /// <summary>All whole numbers k for which the share of <paramref name="n"/> rounds to the printed one.</summary>
    /// <param name="printed">As printed, with all its digits; a trailing % sign means a percent scale.</param>
    /// <param name="n">Number of items, at least 1.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <returns>Ascending; several when n is large for the number of decimals; empty when the share is not attainable.</returns>
    /// <exception cref="ArgumentException">The text is no plain decimal number, or <paramref name="n"/> is not positive.</exception>
    public static IReadOnlyList<int> Numerators(
        string printed, int n, GrimScale scale = GrimScale.Proportion, GrimRounding rounding = GrimRounding.Either)
    {
        var (digits, decimals, percent) = Parse(printed);
        return Candidates(digits, decimals, n, percent ? GrimScale.Percent : scale, rounding);
    }

    /// <summary>How many cells of a row fit one size, and how likely arbitrary numbers would fit as often: look at the row before blaming
    /// a cell, because a row that fits no better than chance says that the size is wrong.</summary>
    /// <param name="printed">The cells as printed, at least one, all on the same scale.</param>
    /// <param name="n">Number of items, at least 1.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <exception cref="ArgumentException">A text is no plain decimal number, or <paramref name="n"/> is not positive.</exception>
    public static GrimRow RowPassRate(
        IReadOnlyList<string> printed, int n, GrimScale scale = GrimScale.Proportion, GrimRounding rounding = GrimRounding.Either)
    {
        ArgumentNullException.ThrowIfNull(printed);
        Checks.AtLeast(printed.Count, 1, nameof(printed));
        var attainable = printed.Count(text => IsAttainable(text, n, scale, rounding));

        // Of the numbers from 0 to 1 with d decimals at most n + 1 are attainable; the cell with fewest decimals is the easiest to fit.
        var chance = printed.Max(text =>
        {
            var (_, decimals, percent) = Parse(text);
            return Math.Min(1, (n + 1.0) / (((percent || scale == GrimScale.Percent ? 100 : 1) * Math.Pow(10, decimals)) + 1));
        });
        return new GrimRow(attainable, printed.Count, chance, Distributions.BinomialUpper(attainable, printed.Count, chance));
    }

    /// <summary>All sizes in a range for which the printed share is attainable.</summary>
    /// <param name="value">The printed number.</param>
    /// <param name="decimals">Digits after the point, 0 to 15.</param>
    /// <param name="from">Smallest size, at least 1.</param>
    /// <param name="to">Largest size, at least <paramref name="from"/>.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <exception cref="ArgumentException">The number has more decimals than stated, or an argument is impossible.</exception>
    public static IReadOnlyList<int> AttainableSizes(
        double value,
        int decimals,
        int from,
        int to,
        GrimScale scale = GrimScale.Proportion,
        GrimRounding rounding = GrimRounding.Either)
    {
        var digits = Digits(value, decimals);
        return Sizes(from, to, n => Candidates(digits, decimals, n, scale, rounding).Count > 0);
    }

    /// <summary>All sizes in a range for which every one of several printed shares is attainable.</summary>
    /// <param name="printed">At least one share, as printed.</param>
    /// <param name="from">Smallest size, at least 1.</param>
    /// <param name="to">Largest size, at least <paramref name="from"/>.</param>
    /// <param name="scale">Proportion or percent.</param>
    /// <param name="rounding">How halves may have been rounded.</param>
    /// <exception cref="ArgumentException">A text is no plain decimal number, or an argument is impossible.</exception>
    public static IReadOnlyList<int> AttainableSizes(
        IReadOnlyList<string> printed,
        int from,
        int to,
        GrimScale scale = GrimScale.Proportion,
        GrimRounding rounding = GrimRounding.Either)
    {
        ArgumentNullException.ThrowIfNull(printed);
        Checks.AtLeast(printed.Count, 1, nameof(printed));
        return Sizes(from, to, n => printed.All(text => IsAttainable(text, n, scale, rounding)));
    }

    private static List<int> Sizes(int from, int to, Func<int, bool> attainable)
    {
        Checks.AtLeast(from, 1);
        Checks.AtLeast(to, from);
        return Enumerable.Range(from, to - from + 1).Where(attainable).ToList();
    }

    // scale k / n rounds to digits / 10^decimals when 2 scale 10^decimals k lies between n (2 digits - 1) and n (2 digits + 1).
    private static List<int> Candidates(BigInteger digits, int decimals, int n, GrimScale scale, GrimRounding rounding)
    {
        Checks.AtLeast(n, 1);
        if (!Enum.IsDefined(scale))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), $"scale must be Proportion, Percent or Mean, was {scale}.");
        }

        if (!Enum.IsDefined(rounding))
        {
            throw new ArgumentOutOfRangeException(nameof(rounding), $"rounding must be one of "
                + $"{string.Join(", ", Enum.GetNames<GrimRounding>())}, was {rounding}.");
        }

        var truncated = rounding == GrimRounding.Truncated;
        var factor = scale == GrimScale.Percent ? 100 : 1;
        var step = 2 * factor * BigInteger.Pow(10, decimals);
        var low = n * ((2 * digits) - (truncated ? 0 : 1));
        var high = n * ((2 * digits) + (truncated ? 2 : 1));

        var first = low.Sign <= 0 ? BigInteger.Zero : (low + step - 1) / step;

        // A share has no more successes than items; a mean of whole numbers can be any size.
        var last = BigInteger.Min(scale == GrimScale.Mean ? int.MaxValue : n, high / step);
        var found = new List<int>();
        for (var k = first; k <= last; k++)
        {
            var position = k * step;
            var half = position == low ? Half.Lower : position == high ? Half.Upper : Half.None;
            if (half == Half.None || (truncated ? half == Half.Lower : Rounds(
                half, rounding, digits, () => Binary(factor * (double)k / n, decimals) == digits)))
            {
                found.Add((int)k);
            }
        }

        return found;
    }

    // Whether a value half a unit below or above the printed one is rounded to it.
    private static bool Rounds(Half half, GrimRounding rounding, BigInteger digits, Func<bool> binary) => rounding switch
    {
        GrimRounding.HalfUp => half == Half.Lower,
        GrimRounding.HalfEven => digits.IsEven,
        GrimRounding.Binary => binary(),
        _ => half == Half.Lower || digits.IsEven || binary(),
    };

    private enum Half
    {
        None,
        Lower,
        Upper,
    }

    // The nearest number of decimals to the double itself, as printf and the formatting of most languages give it; the double next to a
    // decimal half is seldom one itself.
    private static BigInteger Binary(double value, int decimals)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> 52 & 0x7FF);
        var significand = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52));
        // Of whole numbers that an int holds, in percent at most, the last bit of the significand is a fraction.
        var denominator = BigInteger.One << (1075 - Math.Max(exponent, 1));
        var whole = BigInteger.DivRem(significand * BigInteger.Pow(10, decimals), denominator, out var rest);
        var side = (2 * rest).CompareTo(denominator);
        return side > 0 || (side == 0 && !whole.IsEven) ? whole + 1 : whole;
    }

    private static BigInteger Digits(double value, int decimals)
    {
        if (decimals is < 0 or > MostDecimals)
        {
            throw new ArgumentOutOfRangeException(
                nameof(decimals), Invariant($"decimals must be between 0 and {MostDecimals}, was {decimals}."));
        }

        if (!(value >= 0 && value <= 1e9))
        {
            throw new ArgumentOutOfRangeException(nameof(value), Invariant($"value must be between 0 and 1e9, was {value}."));
        }

        var text = value.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture);
        if (Math.Abs(double.Parse(text, CultureInfo.InvariantCulture) - value) > 1e-12 * Math.Max(1, value))
        {
            throw new ArgumentException(Invariant($"value must have at most {decimals} decimals, was {value:R}."), nameof(value));
        }

        return BigInteger.Parse(text.Replace(".", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private static (BigInteger Digits, int Decimals, bool Percent) Parse(string printed)
    {
        ArgumentNullException.ThrowIfNull(printed);
        var text = printed.Trim();
        var percent = text.EndsWith('%');
        text = percent ? text[..^1].TrimEnd() : text;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : text.Length - point - 1;
        var digits = point < 0 ? text : text.Remove(point, 1);
        if (digits.Length == 0 || decimals > MostDecimals || !digits.All(char.IsAsciiDigit))
        {
            throw new ArgumentException(
                $"printed must be a plain decimal number such as 0.7945 or 45%, with at most {MostDecimals} decimals, was '{printed}'.",
                nameof(printed));
        }

        return (BigInteger.Parse(digits, CultureInfo.InvariantCulture), decimals, percent);
    }
}

/// <summary>How a value exactly between two printed ones may have been rounded.</summary>
public enum GrimRounding
{
    /// <summary>Up, down, to even or as printf does it; a printed value is only refused when no rounding explains it.</summary>
    Either,

    /// <summary>Up.</summary>
    HalfUp,

    /// <summary>To the even last digit.</summary>
    HalfEven,

    /// <summary>As printf prints the double k / n (or 100 k / n): 3 of 160 is 0.0187, because the double next to 0.01875 is
    /// smaller.</summary>
    Binary,

    /// <summary>Not rounded: further digits are cut.</summary>
    Truncated,
}

/// <summary>How a row of printed shares fits one size.</summary>
/// <param name="Attainable">Cells that are attainable.</param>
/// <param name="Cells">All cells.</param>
/// <param name="Chance">Share of arbitrary numbers with as many decimals that are attainable.</param>
/// <param name="PValue">Probability that as many of that many arbitrary numbers are attainable.</param>
public sealed record GrimRow(int Attainable, int Cells, double Chance, double PValue);

/// <summary>What a printed share is a share of.</summary>
public enum GrimScale
{
    /// <summary>k / n, such as 0.45.</summary>
    Proportion,

    /// <summary>100 k / n, such as 45.</summary>
    Percent,

    /// <summary>A mean of n whole numbers of any size, such as 5.18 on a scale of seven points.</summary>
    Mean,
}

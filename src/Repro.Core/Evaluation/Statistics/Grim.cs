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
            throw new ArgumentOutOfRangeException(nameof(scale), $"scale must be Proportion or Percent, was {scale}.");
        }

        if (!Enum.IsDefined(rounding))
        {
            throw new ArgumentOutOfRangeException(nameof(rounding), $"rounding must be Either, HalfUp or HalfEven, was {rounding}.");
        }

        var step = 2 * (int)scale * BigInteger.Pow(10, decimals);
        var low = n * ((2 * digits) - 1);
        var high = n * ((2 * digits) + 1);
        var lowIncluded = rounding != GrimRounding.HalfEven || digits.IsEven;
        var highIncluded = rounding != GrimRounding.HalfUp && digits.IsEven;

        var first = low.Sign <= 0 ? BigInteger.Zero : (low + step - 1) / step;
        var last = high / step;
        var found = new List<int>();
        for (var k = first; k <= last && k <= int.MaxValue; k++)
        {
            var position = k * step;
            if ((position != low || lowIncluded) && (position != high || highIncluded))
            {
                found.Add((int)k);
            }
        }

        return found;
    }

    private static BigInteger Digits(double value, int decimals)
    {
        if (decimals is < 0 or > MostDecimals)
        {
            throw new ArgumentOutOfRangeException(nameof(decimals), Invariant($"decimals must be between 0 and {MostDecimals}, was {decimals}."));
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
    /// <summary>Either way below; a printed value is only refused when neither explains it.</summary>
    Either,

    /// <summary>Up.</summary>
    HalfUp,

    /// <summary>To the even last digit.</summary>
    HalfEven,
}

/// <summary>What a printed share is a share of.</summary>
public enum GrimScale
{
    /// <summary>k / n, such as 0.45.</summary>
    Proportion = 1,

    /// <summary>100 k / n, such as 45.</summary>
    Percent = 100,
}

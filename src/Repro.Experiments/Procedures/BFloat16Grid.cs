using System.Globalization;

namespace Repro.Experiments.Procedures;

/// <summary>Recognises numbers that were bfloat16 before they were printed: 8 bits of significand leave few values.</summary>
public static class BFloat16Grid
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

    /// <summary>Share of the printable numbers near a value that are rounded bfloat16 numbers: how likely chance alone puts a number on the grid.</summary>
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

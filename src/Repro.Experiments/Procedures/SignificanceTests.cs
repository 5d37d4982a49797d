using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Procedures;

/// <summary>Difference of two correlations that share a variable (Meng, Rosenthal and Rubin 1992).</summary>
/// <param name="Difference">First minus second correlation, on Fisher's z scale.</param>
/// <param name="Lower">Lower end of the 95% interval, on that scale.</param>
/// <param name="Upper">Upper end of the 95% interval, on that scale.</param>
/// <param name="PValue">Two-sided p of equal correlations.</param>
internal sealed record DependentCorrelations(double Difference, double Lower, double Upper, double PValue)
{
    // The 97.5% quantile of the standard normal distribution.
    private const double NormalQuantile = 1.959963984540054;

    /// <summary>Compares the correlations of two variables with a third.</summary>
    /// <param name="first">Correlation of the first variable with the shared one, inside (-1, 1).</param>
    /// <param name="second">Correlation of the second variable with the shared one, inside (-1, 1).</param>
    /// <param name="between">Correlation of the two variables, below 1.</param>
    /// <param name="n">Number of observations, at least 4.</param>
    /// <exception cref="ArgumentException">A correlation or the number is impossible, or the two variables are the same.</exception>
    public static DependentCorrelations Compare(double first, double second, double between, int n)
    {
        if (!(Math.Abs(first) < 1) || !(Math.Abs(second) < 1) || !(Math.Abs(between) < 1))
        {
            throw new ArgumentException(
                Invariant($"correlations must lie inside (-1, 1), were {first}, {second} and {between}"), nameof(first));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(n, 4);
        var meanSquare = ((first * first) + (second * second)) / 2;
        var f = Math.Min(1, (1 - between) / (2 * (1 - meanSquare)));
        var h = (1 - (f * meanSquare)) / (1 - meanSquare);
        var difference = Math.Atanh(first) - Math.Atanh(second);
        var error = Math.Sqrt(2 * (1 - between) * h / (n - 3));
        var half = NormalQuantile * error;
        return new DependentCorrelations(difference, difference - half, difference + half, NormalTwoSided(difference / error));
    }

    // Two-sided normal p.
    private static double NormalTwoSided(double z) => MathNet.Numerics.SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));
}

/// <summary>Exact test of a rank correlation: all orders of the second values are equally likely.</summary>
internal static class PermutationTest
{
    private const int Most = 9;

    /// <summary>Two-sided p: the share of orders whose absolute Spearman correlation is at least the observed one.</summary>
    /// <param name="first">Two to nine finite values, not all equal.</param>
    /// <param name="second">As many finite values, not all equal.</param>
    /// <exception cref="ArgumentException">Fewer than two or more than nine values, unequal lengths, or values that are all
    /// equal.</exception>
    public static double Spearman(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count is < 2 or > Most)
        {
            throw new ArgumentException($"expected 2 to {Most} values, was {first.Count}", nameof(first));
        }

        double[] x = [.. first];
        var observed = Math.Abs(Correlation.Spearman(x, [.. second]));
        var (extreme, all) = (0, 0);
        foreach (var order in Orders([.. second], 0))
        {
            all++;
            extreme += Math.Abs(Correlation.Spearman(x, order)) >= observed - 1e-9 ? 1 : 0;
        }

        return (double)extreme / all;
    }

    private static IEnumerable<double[]> Orders(double[] values, int start)
    {
        if (start == values.Length)
        {
            yield return values;
            yield break;
        }

        for (var i = start; i < values.Length; i++)
        {
            (values[start], values[i]) = (values[i], values[start]);
            foreach (var order in Orders(values, start + 1))
            {
                yield return order;
            }

            (values[start], values[i]) = (values[i], values[start]);
        }
    }
}

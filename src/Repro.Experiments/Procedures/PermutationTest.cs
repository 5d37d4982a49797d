using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Procedures;

/// <summary>Exact test of a rank correlation: all orders of the second values are equally likely.</summary>
public static class PermutationTest
{
    private const int Most = 9;

    /// <summary>Two-sided p: the share of orders whose absolute Spearman correlation is at least the observed one.</summary>
    /// <param name="first">Two to nine finite values, not all equal.</param>
    /// <param name="second">As many finite values, not all equal.</param>
    /// <exception cref="ArgumentException">Fewer than two or more than nine values, unequal lengths, or values that are all equal.</exception>
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

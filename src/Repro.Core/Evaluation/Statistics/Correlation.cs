namespace Repro.Core.Evaluation.Statistics;

/// <summary>Correlation of paired values.</summary>
public static class Correlation
{
    /// <summary>Pearson's product-moment correlation.</summary>
    /// <param name="first">At least two finite values, not all equal.</param>
    /// <param name="second">As many finite values, not all equal.</param>
    /// <returns>Between -1 and 1.</returns>
    /// <exception cref="ArgumentException">Too few, unequally many, not finite or constant values.</exception>
    public static double Pearson(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Checks.Values(first, nameof(first), 2);
        Checks.Values(second, nameof(second), 2);
        Checks.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        NotConstant(first, nameof(first));
        NotConstant(second, nameof(second));
        var (x, y) = (Descriptive.Deviations(first).Values, Descriptive.Deviations(second).Values);
        var product = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            product += x[i] * y[i];
        }

        return Math.Clamp(product / (Math.Sqrt(Descriptive.SumOfSquares(x)) * Math.Sqrt(Descriptive.SumOfSquares(y))), -1, 1);
    }

    /// <summary>Kendall's tau-b: concordant less discordant pairs, over the geometric mean of the pairs that either side tells
    /// apart.</summary>
    /// <param name="first">At least two finite values, not all equal.</param>
    /// <param name="second">As many finite values, not all equal.</param>
    /// <returns>Between -1 and 1.</returns>
    /// <exception cref="ArgumentException">Too few, unequally many, not finite or constant values.</exception>
    public static double KendallTauB(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Checks.Values(first, nameof(first), 2);
        Checks.Values(second, nameof(second), 2);
        Checks.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        NotConstant(first, nameof(first));
        NotConstant(second, nameof(second));
        long difference = 0, untiedFirst = 0, untiedSecond = 0;
        for (var i = 0; i < first.Length; i++)
        {
            for (var j = i + 1; j < first.Length; j++)
            {
                var (x, y) = (first[i].CompareTo(first[j]), second[i].CompareTo(second[j]));
                difference += x * y;
                untiedFirst += x * x;
                untiedSecond += y * y;
            }
        }

        return Math.Clamp(difference / (Math.Sqrt(untiedFirst) * Math.Sqrt(untiedSecond)), -1, 1);
    }

    /// <summary>Spearman's rank correlation: <see cref="Pearson"/> of <see cref="AverageRanks"/>.</summary>
    /// <param name="first">At least two finite values, not all equal.</param>
    /// <param name="second">As many finite values, not all equal.</param>
    /// <returns>Between -1 and 1.</returns>
    /// <exception cref="ArgumentException">Too few, unequally many, not finite or constant values.</exception>
    public static double Spearman(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Checks.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        Checks.Values(first, nameof(first), 2);
        Checks.Values(second, nameof(second), 2);
        return Pearson(AverageRanks(first), AverageRanks(second));
    }

    /// <summary>Ranks from 1 (smallest); equal values share the average of the places they cover.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <exception cref="ArgumentException">No value, or one that is not finite.</exception>
    public static double[] AverageRanks(ReadOnlySpan<double> values)
    {
        Checks.Values(values, nameof(values));
        var sorted = values.ToArray();
        var order = Enumerable.Range(0, sorted.Length).ToArray();
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
            }

            for (var i = start; i < end; i++)
            {
                ranks[order[i]] = (start + end + 1) / 2.0;
            }
        }

        return ranks;
    }

    /// <summary>Interval of a correlation by Fisher's z: tanh(atanh r plus or minus z / sqrt(n - 3)).</summary>
    /// <param name="r">Observed correlation, -1 to 1; at the ends the interval is the point.</param>
    /// <param name="n">Number of pairs, at least 4.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static Interval FisherInterval(double r, int n, double level = 0.95)
    {
        if (!(Math.Abs(r) <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(r), Invariant($"r must be between -1 and 1, was {r}."));
        }

        Checks.AtLeast(n, 4);
        Checks.OpenUnit(level);
        var centre = Math.Atanh(r);
        var half = Distributions.NormalCritical(level) / Math.Sqrt(n - 3);
        return new Interval(Math.Tanh(centre - half), Math.Tanh(centre + half));
    }

    private static void NotConstant(ReadOnlySpan<double> values, string name)
    {
        if (!values.ContainsAnyExcept(values[0]))
        {
            throw new ArgumentException(Invariant($"{name} must vary for a correlation, was {values[0]} throughout."), name);
        }
    }
}

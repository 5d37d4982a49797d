using Repro.Core;

namespace Repro.Experiments.Procedures;

/// <summary>One subset of rows, and by how much its column means miss the wanted ones.</summary>
/// <param name="Rows">Indices of the rows, ascending.</param>
/// <param name="LargestError">Largest error over the columns.</param>
internal sealed record SubsetMeans(IReadOnlyList<int> Rows, double LargestError)
{
    /// <summary>Tries all subsets of rows from a smallest size on.</summary>
    /// <param name="columns">Values of each column, equally many, at most 20 rows.</param>
    /// <param name="smallest">Smallest number of rows in a subset, at least 1.</param>
    /// <param name="error">Error of the mean of a column, by its index.</param>
    /// <returns>Every subset with its largest error; empty when there are fewer rows than <paramref name="smallest"/>.</returns>
    /// <exception cref="ArgumentException">No column, columns of different length, too many rows, or no smallest size.</exception>
    public static IReadOnlyList<SubsetMeans> Search(IReadOnlyList<double[]> columns, int smallest, Func<int, double, double> error)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(error);
        ArgumentOutOfRangeException.ThrowIfLessThan(smallest, 1);
        if (columns.Count == 0 || columns.Any(c => c.Length != columns[0].Length) || columns[0].Length > 20)
        {
            throw new ArgumentException("expected one or more columns of equal length, at most 20 rows", nameof(columns));
        }

        var rows = columns[0].Length;
        var found = new List<SubsetMeans>();
        for (var mask = 1; mask < 1 << rows; mask++)
        {
            var chosen = Enumerable.Range(0, rows).Where(r => (mask >> r & 1) == 1).ToArray();
            if (chosen.Length >= smallest)
            {
                found.Add(new SubsetMeans(chosen, columns.Select((column, i) => error(i, chosen.Average(r => column[r]))).Max()));
            }
        }

        return found;
    }
}

/// <summary>The mean over all rows, from means of groups.</summary>
internal static class WeightedMean
{
    /// <summary>Mean of group means, weighted by group sizes.</summary>
    /// <param name="means">Means of the groups.</param>
    /// <param name="sizes">As many sizes, none negative, with a positive sum. A group of size 0 has no influence.</param>
    /// <exception cref="ArgumentException">No group has a size, a size is negative, or the lengths differ.</exception>
    public static double Compute(IReadOnlyList<double> means, IReadOnlyList<double> sizes)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(sizes);
        if (means.Count != sizes.Count || sizes.Any(s => s < 0) || sizes.Sum() <= 0)
        {
            throw new ArgumentException(
                "expected as many sizes as means, none negative and not all zero; "
                    + $"got {means.Count} means and sizes {InvariantText.Join(", ", sizes)}",
                nameof(sizes));
        }

        return means.Zip(sizes, (m, s) => s == 0 ? 0 : m * s).Sum() / sizes.Sum();
    }
}

/// <summary>The inverse of the logistic function.</summary>
internal static class Logit
{
    /// <summary>ln(p / (1 - p)).</summary>
    /// <param name="p">Probability, strictly between 0 and 1.</param>
    public static double Compute(double p) => p is > 0 and < 1
        ? Math.Log(p / (1 - p))
        : throw new ArgumentOutOfRangeException(nameof(p), p, "expected a probability strictly between 0 and 1");

    /// <summary>Its slope, 1 / (p (1 - p)): how much an error of the probability is magnified; at least 4.</summary>
    /// <param name="p">Probability, strictly between 0 and 1.</param>
    public static double Slope(double p) => p is > 0 and < 1
        ? 1 / (p * (1 - p))
        : throw new ArgumentOutOfRangeException(nameof(p), p, "expected a probability strictly between 0 and 1");
}

namespace Repro.Experiments.Procedures;

/// <summary>One subset of rows, and by how much its column means miss the wanted ones.</summary>
/// <param name="Rows">Indices of the rows, ascending.</param>
/// <param name="LargestError">Largest error over the columns.</param>
public sealed record SubsetMeans(IReadOnlyList<int> Rows, double LargestError)
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

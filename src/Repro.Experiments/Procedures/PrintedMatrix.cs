using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>A printed square matrix of win rates: row model against column model.</summary>
public static class PrintedMatrix
{
    /// <summary>Sums of the mirror cells (i, j) and (j, i), in row order, as inputs.</summary>
    /// <param name="table">A table whose rows and columns have the same names.</param>
    public static IReadOnlyList<(string First, string Second, double Sum)> MirrorSums(PublishedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var models = table.Columns;
        return
        [
            .. models.SelectMany((first, i) => models.Skip(i + 1).Select(second =>
                (first, second, table[first, second].AsInput() + table[second, first].AsInput()))),
        ];
    }

    /// <summary>Mean of the printed cells of each row, as inputs.</summary>
    /// <param name="table">A table with at least one printed cell in each row.</param>
    /// <exception cref="InputException">A row has no printed cell.</exception>
    public static IReadOnlyDictionary<string, double> RowMeans(PublishedTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Rows.ToDictionary(row => row, row => RowMean(table, row), StringComparer.Ordinal);
    }

    /// <summary>Mean of the printed cells of one row, as inputs.</summary>
    /// <param name="table">The table.</param>
    /// <param name="row">Row name.</param>
    /// <exception cref="InputException">There is no such row, or it has no printed cell.</exception>
    public static double RowMean(PublishedTable table, string row)
    {
        ArgumentNullException.ThrowIfNull(table);
        var cells = table.Columns.Select(column => table.TryGet(row, column)).OfType<Printed>().ToList();
        return cells.Count > 0 ? cells.Average(c => c.AsInput()) : throw new InputException($"the row '{row}' has no printed cell");
    }
}

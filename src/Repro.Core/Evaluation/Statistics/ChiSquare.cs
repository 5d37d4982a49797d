namespace Repro.Core.Evaluation.Statistics;

/// <summary>Pearson's chi-squared tests of counts.</summary>
public static class ChiSquare
{
    /// <summary>Counts against expected shares.</summary>
    /// <param name="observed">At least two counts, not negative, not all 0.</param>
    /// <param name="shares">As many positive weights; they need not add up to 1.</param>
    /// <exception cref="ArgumentException">A count or weight is impossible, or the lengths differ.</exception>
    public static ChiSquareResult GoodnessOfFit(IReadOnlyList<int> observed, IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(shares);
        Require.AtLeast(observed.Count, 2, nameof(observed));
        Require.SameLength(observed.Count, shares.Count, nameof(observed), nameof(shares));
        var total = 0L;
        var weight = 0.0;
        for (var i = 0; i < observed.Count; i++)
        {
            Require.AtLeast(observed[i], 0, Invariant($"observed[{i}]"));
            if (!(shares[i] > 0 && double.IsFinite(shares[i])))
            {
                throw new ArgumentOutOfRangeException(nameof(shares), Invariant($"shares[{i}] must be positive and finite, was {shares[i]}."));
            }

            total += observed[i];
            weight += shares[i];
        }

        NotEmpty(total, nameof(observed));
        var statistic = 0.0;
        for (var i = 0; i < observed.Count; i++)
        {
            var expected = total * shares[i] / weight;
            statistic += (observed[i] - expected) * (observed[i] - expected) / expected;
        }

        return Result(statistic, observed.Count - 1);
    }

    /// <summary>Independence of the rows and columns of a table, without continuity correction.</summary>
    /// <param name="table">Shape [rows, columns], at least 2 by 2; counts not negative, no row or column empty.</param>
    /// <exception cref="ArgumentException">The table is too small, or a count, row or column is impossible.</exception>
    public static ChiSquareResult Independence(int[,] table)
    {
        ArgumentNullException.ThrowIfNull(table);
        int rows = table.GetLength(0), columns = table.GetLength(1);
        if (rows < 2 || columns < 2)
        {
            throw new ArgumentException(Invariant($"table must have at least 2 rows and 2 columns, had {rows} and {columns}."), nameof(table));
        }

        var rowSums = new long[rows];
        var columnSums = new long[columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                Require.AtLeast(table[r, c], 0, Invariant($"table[{r},{c}]"));
                rowSums[r] += table[r, c];
                columnSums[c] += table[r, c];
            }
        }

        for (var r = 0; r < rows; r++)
        {
            NotEmpty(rowSums[r], Invariant($"table row {r}"));
        }

        for (var c = 0; c < columns; c++)
        {
            NotEmpty(columnSums[c], Invariant($"table column {c}"));
        }

        double total = rowSums.Sum(), statistic = 0;
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                var expected = rowSums[r] * (columnSums[c] / total);
                statistic += (table[r, c] - expected) * (table[r, c] - expected) / expected;
            }
        }

        return Result(statistic, (rows - 1) * (columns - 1));
    }

    private static void NotEmpty(long total, string name)
    {
        if (total == 0)
        {
            throw new ArgumentException($"{name} must not be all 0.", name);
        }
    }

    private static ChiSquareResult Result(double statistic, int degrees) =>
        new(statistic, degrees, Distributions.ChiSquaredUpper(statistic, degrees));
}

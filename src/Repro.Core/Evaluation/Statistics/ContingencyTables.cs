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
        Checks.AtLeast(observed.Count, 2, nameof(observed));
        Checks.SameLength(observed.Count, shares.Count, nameof(observed), nameof(shares));
        var total = 0L;
        var weight = 0.0;
        for (var i = 0; i < observed.Count; i++)
        {
            Checks.AtLeast(observed[i], 0, Invariant($"observed[{i}]"));
            if (!(shares[i] > 0 && double.IsFinite(shares[i])))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(shares), Invariant($"shares[{i}] must be positive and finite, was {shares[i]}."));
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
            throw new ArgumentException(
                Invariant($"table must have at least 2 rows and 2 columns, had {rows} and {columns}."), nameof(table));
        }

        var rowSums = new long[rows];
        var columnSums = new long[columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                Checks.AtLeast(table[r, c], 0, Invariant($"table[{r},{c}]"));
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

/// <summary>A chi-squared test.</summary>
/// <param name="Statistic">Sum of squared deviations over expectations.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom.</param>
/// <param name="PValue">Upper tail area.</param>
public sealed record ChiSquareResult(double Statistic, int DegreesOfFreedom, double PValue);

/// <summary>Fisher's exact test of a two-by-two table with rows (a, b) and (c, d), and of two rows with more columns.</summary>
public static class FisherExact
{
    /// <summary>Two-sided p: the summed probability, with all margins fixed, of the tables not more likely than the observed one.</summary>
    /// <param name="a">Count in row 1, column 1.</param>
    /// <param name="b">Count in row 1, column 2.</param>
    /// <param name="c">Count in row 2, column 1.</param>
    /// <param name="d">Count in row 2, column 2.</param>
    /// <exception cref="ArgumentException">A count is negative, or the table is empty or too large.</exception>
    public static double TwoSided(int a, int b, int c, int d)
    {
        Checks.AtLeast(a, 0);
        Checks.AtLeast(b, 0);
        Checks.AtLeast(c, 0);
        Checks.AtLeast(d, 0);
        var total = (long)a + b + c + d;
        if (total is 0 or >= int.MaxValue)
        {
            throw new ArgumentException(Invariant($"a + b + c + d must be between 1 and {int.MaxValue - 1}, was {total}."), nameof(a));
        }

        int row = a + b, column = a + c, n = (int)total;
        double LogMass(int x) =>
            Distributions.LogChoose(row, x) + Distributions.LogChoose(n - row, column - x) - Distributions.LogChoose(n, column);

        var limit = LogMass(a) + BinomialTest.RelativeTolerance;
        var sum = 0.0;
        for (var x = Math.Max(0, column - (n - row)); x <= Math.Min(row, column); x++)
        {
            var mass = LogMass(x);
            if (mass <= limit)
            {
                sum += Math.Exp(mass);
            }
        }

        return Math.Min(1, sum);
    }

    /// <summary>Two-sided p of a table with two rows and any number of columns (Freeman and Halton): the summed probability, with all
    /// margins fixed, of the tables not more likely than the observed one. All tables are visited.</summary>
    /// <param name="first">Counts of row 1, at least one column.</param>
    /// <param name="second">Counts of row 2, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ, a count is negative, the table is empty, or it has more than
    /// <see cref="MostTables"/> tables with its margins.</exception>
    public static double TwoSided(IReadOnlyList<int> first, IReadOnlyList<int> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Checks.SameLength(first.Count, second.Count, nameof(first), nameof(second));
        Checks.AtLeast(first.Count, 1, nameof(first));
        for (var i = 0; i < first.Count; i++)
        {
            Checks.AtLeast(first[i], 0, Invariant($"first[{i}]"));
            Checks.AtLeast(second[i], 0, Invariant($"second[{i}]"));
        }

        int[] columns = [.. first.Zip(second, (a, b) => checked(a + b))];
        var (row, total) = (first.Sum(), columns.Sum());
        var tables = columns.Aggregate(1.0, (product, column) => product * (column + 1));
        if (total == 0 || tables > MostTables)
        {
            throw new ArgumentException(
                Invariant($"a table with at least one count and at most {MostTables} tables of its column totals is needed, ")
                    + Invariant($"was {total} and {tables:G3}."), nameof(first));
        }

        var all = Distributions.LogChoose(total, row);
        var limit = first.Select((x, i) => Distributions.LogChoose(columns[i], x)).Sum() - all + BinomialTest.RelativeTolerance;
        return Math.Min(1, MassNotAbove(limit, columns, 0, row, -all));
    }

    /// <summary>Tables that are visited at most.</summary>
    public const int MostTables = 10_000_000;

    // Fills the columns from one on with what is left of the first row.
    private static double MassNotAbove(double limit, int[] columns, int column, int left, double logMass)
    {
        if (column == columns.Length - 1)
        {
            var last = left <= columns[column] ? logMass + Distributions.LogChoose(columns[column], left) : double.PositiveInfinity;
            return last <= limit ? Math.Exp(last) : 0;
        }

        var sum = 0.0;
        for (var x = 0; x <= Math.Min(left, columns[column]); x++)
        {
            sum += MassNotAbove(limit, columns, column + 1, left - x, logMass + Distributions.LogChoose(columns[column], x));
        }

        return sum;
    }
}

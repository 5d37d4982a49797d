namespace Repro.Core.Evaluation.Statistics;

/// <summary>Fisher's exact test of a two-by-two table with rows (a, b) and (c, d).</summary>
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
        Require.AtLeast(a, 0);
        Require.AtLeast(b, 0);
        Require.AtLeast(c, 0);
        Require.AtLeast(d, 0);
        var total = (long)a + b + c + d;
        if (total is 0 or > int.MaxValue)
        {
            throw new ArgumentException(Invariant($"a + b + c + d must be between 1 and {int.MaxValue}, was {total}."), nameof(a));
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
}

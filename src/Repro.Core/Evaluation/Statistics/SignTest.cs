namespace Repro.Core.Evaluation.Statistics;

/// <summary>The sign test of paired differences; ties are left out by the caller.</summary>
public static class SignTest
{
    /// <summary>Exact two-sided p of equally likely signs.</summary>
    /// <param name="plus">Number of positive differences.</param>
    /// <param name="minus">Number of negative differences.</param>
    /// <returns>The p-value; 1 without any difference.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double TwoSided(int plus, int minus)
    {
        Require.AtLeast(plus, 0);
        Require.AtLeast(minus, 0);
        return plus + minus == 0 ? 1 : BinomialTest.TwoSided(plus, checked(plus + minus));
    }
}

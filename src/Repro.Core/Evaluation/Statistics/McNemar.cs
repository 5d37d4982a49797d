namespace Repro.Core.Evaluation.Statistics;

/// <summary>McNemar's test of two classifications of the same items.</summary>
public static class McNemar
{
    /// <summary>Exact two-sided p from the discordant pairs: a sign test of <paramref name="b"/> against <paramref name="c"/>.</summary>
    /// <param name="b">Items that only the first classification calls positive.</param>
    /// <param name="c">Items that only the second classification calls positive.</param>
    /// <returns>The p-value; 1 when no pair is discordant.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double Exact(int b, int c)
    {
        Require.AtLeast(b, 0);
        Require.AtLeast(c, 0);
        return SignTest.TwoSided(b, c);
    }
}

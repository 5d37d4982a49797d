namespace Repro.Core.Evaluation.Statistics;

/// <summary>Standard errors. The degrees of freedom are always explicit, because published tables differ in them.</summary>
public static class StandardError
{
    /// <summary>Standard deviation over the square root of n.</summary>
    /// <param name="values">More than <paramref name="ddof"/> finite values.</param>
    /// <param name="ddof">0 or 1: what is taken off n in the variance.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or a negative <paramref name="ddof"/>.</exception>
    public static double OfMean(ReadOnlySpan<double> values, int ddof) => Math.Sqrt(Descriptive.Variance(values, ddof) / values.Length);

    /// <summary>Square root of p (1 - p) / (n - <paramref name="ddof"/>): with 1 it equals <see cref="OfMean"/> of the zeros and ones.</summary>
    /// <param name="p">Observed share, 0 to 1.</param>
    /// <param name="n">Trials, more than <paramref name="ddof"/>.</param>
    /// <param name="ddof">0 or 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static double OfProportion(double p, int n, int ddof)
    {
        Require.Probability(p);
        Require.AtLeast(ddof, 0);
        Require.AtLeast(n, ddof + 1);
        return Math.Sqrt(p * (1 - p) / (n - ddof));
    }
}

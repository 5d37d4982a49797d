namespace Repro.Core.Evaluation.Statistics;

/// <summary>Moments and quantiles. Empty input and values that are not finite are refused.</summary>
public static class Descriptive
{
    /// <summary>Arithmetic mean.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <exception cref="ArgumentException">No value, or one that is not finite.</exception>
    public static double Mean(ReadOnlySpan<double> values)
    {
        Checks.Values(values, nameof(values));
        return MeanOf(values);
    }

    /// <summary>Sum of squared deviations from the mean over n - <paramref name="ddof"/>.</summary>
    /// <param name="values">More than <paramref name="ddof"/> finite values.</param>
    /// <param name="ddof">0 for a population, 1 for a sample.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or a negative <paramref name="ddof"/>.</exception>
    public static double Variance(ReadOnlySpan<double> values, int ddof)
    {
        Checks.AtLeast(ddof, 0);
        Checks.Values(values, nameof(values), Math.Max(1, ddof + 1));
        return SquaredDeviations(values) / (values.Length - ddof);
    }

    /// <summary>Square root of <see cref="Variance"/>.</summary>
    /// <param name="values">More than <paramref name="ddof"/> finite values.</param>
    /// <param name="ddof">0 for a population, 1 for a sample.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or a negative <paramref name="ddof"/>.</exception>
    public static double StandardDeviation(ReadOnlySpan<double> values, int ddof)
    {
        Checks.AtLeast(ddof, 0);
        Checks.Values(values, nameof(values), Math.Max(1, ddof + 1));
        var (deviations, exponent) = Deviations(values);
        return Math.ScaleB(Math.Sqrt(SumOfSquares(deviations) / (values.Length - ddof)), exponent);
    }

    /// <summary>Middle value, or the mean of the two middle values.</summary>
    /// <param name="values">At least one finite value, in any order.</param>
    /// <exception cref="ArgumentException">No value, or one that is not finite.</exception>
    public static double Median(ReadOnlySpan<double> values) => Quantile(values, 0.5);

    /// <summary>Quantile with linear interpolation at position (n - 1) q of the sorted values, the default of NumPy.</summary>
    /// <param name="values">At least one finite value, in any order.</param>
    /// <param name="q">Between 0 and 1.</param>
    /// <exception cref="ArgumentException">No value, one that is not finite, or <paramref name="q"/> outside [0, 1].</exception>
    public static double Quantile(ReadOnlySpan<double> values, double q)
    {
        Checks.Values(values, nameof(values));
        Checks.Probability(q);
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return QuantileOfSorted(sorted, q);
    }

    internal static double QuantileOfSorted(ReadOnlySpan<double> sorted, double q)
    {
        var position = (sorted.Length - 1) * q;
        var below = (int)Math.Floor(position);
        var above = Math.Min(below + 1, sorted.Length - 1);
        var weight = position - below;

        // From the nearer end, so that the result never leaves the two neighbours and is monotone in q.
        var gap = sorted[above] - sorted[below];
        return weight < 0.5 ? sorted[below] + (gap * weight) : sorted[above] - (gap * (1 - weight));
    }

    internal static double MeanOf(ReadOnlySpan<double> values)
    {
        var (scaled, exponent) = Scaled(values);
        return Math.ScaleB(MeanOfScaled(scaled), exponent);
    }

    internal static double SquaredDeviations(ReadOnlySpan<double> values)
    {
        var (deviations, exponent) = Deviations(values);
        return Math.ScaleB(SumOfSquares(deviations), 2 * exponent);
    }

    /// <summary>Deviations from the mean in units of two to the exponent, so that their squares neither overflow nor vanish.</summary>
    internal static (double[] Values, int Exponent) Deviations(ReadOnlySpan<double> values)
    {
        // From the first value before the mean: the differences of values that lie close together are exact, their mean is not.
        var (scaled, exponent) = Scaled(values);
        Subtract(scaled, scaled[0]);
        Subtract(scaled, MeanOfScaled(scaled));
        var (deviations, further) = Scaled(scaled);
        return (deviations, exponent + further);
    }

    internal static void Subtract(Span<double> values, double subtrahend)
    {
        foreach (ref var value in values)
        {
            value -= subtrahend;
        }
    }

    internal static double SumOfSquares(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value * value;
        }

        return sum;
    }

    /// <summary>The values over two to the exponent, the largest between 1 and 2: a power of two changes no digit.</summary>
    internal static (double[] Values, int Exponent) Scaled(ReadOnlySpan<double> values)
    {
        var largest = 0.0;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        var scaled = values.ToArray();
        var exponent = largest == 0 ? 0 : Math.ILogB(largest);
        for (var i = 0; i < scaled.Length; i++)
        {
            scaled[i] = Math.ScaleB(scaled[i], -exponent);
        }

        return (scaled, exponent);
    }

    // The second pass takes out the rounding of the first: the mean of equal values is the value, and their deviations are 0.
    private static double MeanOfScaled(ReadOnlySpan<double> values)
    {
        double sum = 0, rest = 0;
        foreach (var value in values)
        {
            sum += value;
        }

        var mean = sum / values.Length;
        foreach (var value in values)
        {
            rest += value - mean;
        }

        return mean + (rest / values.Length);
    }
}

/// <summary>Standard errors. The degrees of freedom are always explicit, because published tables differ in them.</summary>
public static class StandardError
{
    /// <summary>Standard deviation over the square root of n.</summary>
    /// <param name="values">More than <paramref name="ddof"/> finite values.</param>
    /// <param name="ddof">0 or 1: what is taken off n in the variance.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or a negative <paramref name="ddof"/>.</exception>
    public static double OfMean(ReadOnlySpan<double> values, int ddof) =>
        Descriptive.StandardDeviation(values, ddof) / Math.Sqrt(values.Length);

    /// <summary>Square root of p (1 - p) / (n - <paramref name="ddof"/>): with 1 it equals <see cref="OfMean"/> of the zeros and
    /// ones.</summary>
    /// <param name="p">Observed share, 0 to 1.</param>
    /// <param name="n">Trials, more than <paramref name="ddof"/>.</param>
    /// <param name="ddof">0 or 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static double OfProportion(double p, int n, int ddof)
    {
        Checks.Probability(p);
        Checks.AtLeast(ddof, 0);
        Checks.AtLeast(n, ddof + 1);
        return Math.Sqrt(p * (1 - p) / (n - ddof));
    }
}

namespace Repro.Core.Evaluation.Statistics;

/// <summary>Histograms with the conventions of NumPy.</summary>
public static class Histogram
{
    /// <summary>Equally wide bins from the smallest to the largest value; half a unit to either side when all values are equal.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    /// <exception cref="ArgumentException">No value, one that is not finite, or no bin.</exception>
    public static HistogramBins EqualBins(ReadOnlySpan<double> values, int bins)
    {
        Checks.Values(values, nameof(values));
        double low = values[0], high = values[0];
        foreach (var value in values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        return low == high ? EqualBins(values, bins, low - 0.5, high + 0.5) : EqualBins(values, bins, low, high);
    }

    /// <summary>Equally wide bins over a given range; values outside it are not counted.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    /// <param name="low">Lower bound of the first bin.</param>
    /// <param name="high">Upper bound of the last bin, above <paramref name="low"/>.</param>
    /// <exception cref="ArgumentException">No value, one that is not finite, no bin, or an empty range.</exception>
    public static HistogramBins EqualBins(ReadOnlySpan<double> values, int bins, double low, double high)
    {
        Checks.Values(values, nameof(values));
        Checks.AtLeast(bins, 1);
        Checks.Finite(low);
        Checks.Finite(high);
        if (high <= low)
        {
            throw new ArgumentOutOfRangeException(nameof(high), Invariant($"high must be above low = {low}, was {high}."));
        }

        var step = (high - low) / bins;
        var edges = new double[bins + 1];
        for (var i = 0; i < bins; i++)
        {
            edges[i] = low + (i * step);
        }

        edges[bins] = high;
        var counts = new int[bins];
        foreach (var value in values)
        {
            if (value >= low && value <= high)
            {
                counts[BinOf(value, edges)]++;
            }
        }

        return new HistogramBins(edges, counts);
    }

    private static int BinOf(double value, double[] edges)
    {
        var bins = edges.Length - 1;
        var bin = Math.Clamp((int)((value - edges[0]) / (edges[bins] - edges[0]) * bins), 0, bins - 1);

        // The division may land one bin off; the edges decide.
        while (bin > 0 && value < edges[bin])
        {
            bin--;
        }

        while (bin < bins - 1 && value >= edges[bin + 1])
        {
            bin++;
        }

        return bin;
    }
}

/// <summary>A histogram.</summary>
/// <param name="Edges">Ascending bounds, one more than there are bins; a bin holds its lower bound, the last one also its upper
/// bound.</param>
/// <param name="Counts">Values per bin.</param>
public sealed record HistogramBins(IReadOnlyList<double> Edges, IReadOnlyList<int> Counts);

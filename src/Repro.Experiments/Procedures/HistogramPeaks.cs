using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Procedures;

/// <summary>Where a histogram is highest, and how far two histograms overlap.</summary>
internal static class HistogramPeaks
{
    /// <summary>The highest bin.</summary>
    /// <param name="Lower">Lower edge.</param>
    /// <param name="Upper">Upper edge.</param>
    /// <param name="Count">Values in it.</param>
    public readonly record struct Peak(double Lower, double Upper, int Count);

    /// <summary>The highest of equally many bins over the range of the values; the first of equally high ones.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="bins">Number of bins, at least 1.</param>
    public static Peak OfEqualBins(IReadOnlyList<double> values, int bins) => Highest(Histogram.EqualBins([.. values], bins));

    /// <summary>The highest of bins of a given width that start at multiples of it.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="width">Width, above 0.</param>
    public static Peak OfWidth(IReadOnlyList<double> values, double width) => Highest(Bins(values, width, values.Min(), values.Max()));

    /// <summary>Shared area of two normalised histograms with bins of a given width: 1 when equal, 0 when they share no bin.</summary>
    /// <param name="first">At least one finite value.</param>
    /// <param name="second">At least one finite value.</param>
    /// <param name="width">Width, above 0.</param>
    public static double Overlap(IReadOnlyList<double> first, IReadOnlyList<double> second, double width)
    {
        var (low, high) = (Math.Min(first.Min(), second.Min()), Math.Max(first.Max(), second.Max()));
        var (a, b) = (Bins(first, width, low, high).Counts, Bins(second, width, low, high).Counts);
        return a.Zip(b, (x, y) => Math.Min((double)x / first.Count, (double)y / second.Count)).Sum();
    }

    private static HistogramBins Bins(IReadOnlyList<double> values, double width, double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var start = Math.Floor(low / width);
        var count = (int)(Math.Floor(high / width) - start) + 1;
        return Histogram.EqualBins([.. values], count, start * width, (start + count) * width);
    }

    private static Peak Highest(HistogramBins bins)
    {
        var counts = bins.Counts.ToList();
        var index = counts.IndexOf(counts.Max());
        return new Peak(bins.Edges[index], bins.Edges[index + 1], counts[index]);
    }
}

using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>The worked examples of Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).</summary>
public sealed class KrippendorffAlphaTests
{
    // Four observers, twelve units, 0 where one gave nothing.
    private static readonly double[][] _observers =
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    [Fact]
    public void Four_observers_of_twelve_units_with_gaps()
    {
        var units = Units(_observers);
        KrippendorffAlpha.Ordinal(units).Should().BeApproximately(0.815, 0.0005);
        KrippendorffAlpha.Interval(units).Should().BeApproximately(0.849, 0.0005);
    }

    // Two observers, ten units, two categories: the nominal, ordinal and interval differences of 0 and 1 are one.
    [Fact]
    public void Two_observers_of_two_categories()
    {
        double[][] observers = [[1, 2, 1, 1, 1, 1, 1, 1, 2, 1], [2, 2, 2, 1, 1, 2, 1, 1, 1, 1]];
        KrippendorffAlpha.Interval(Units(observers)).Should().BeApproximately(0.095, 0.0005);
        KrippendorffAlpha.Ordinal(Units(observers)).Should().BeApproximately(0.095, 0.0005);
    }

    // The definition: 1 - D_o / D_e over all ordered pairs of values, with the squared sum of counts from c to k, half of both ends.
    [Fact]
    public void Ordinal_is_the_sum_over_pairs_of_values()
    {
        var units = Units(_observers).Where(unit => unit.Length > 1).ToList();
        var all = units.SelectMany(unit => unit).ToArray();
        var observed = units.Sum(unit => Pairs(unit).Sum(pair => Difference(all, pair)) / (unit.Length - 1)) / all.Length;
        var expected = Pairs(all).Sum(pair => Difference(all, pair)) / (all.Length * (all.Length - 1.0));
        KrippendorffAlpha.Ordinal(units).Should().BeApproximately(1 - (observed / expected), 1e-12);
    }

    [Fact]
    public void Only_the_order_counts_for_ordinal_and_the_scale_for_neither()
    {
        var units = Units(_observers);
        double[][] stretched = [.. units.Select(unit => unit.Select(value => Math.Pow(10, value)).ToArray())];
        double[][] moved = [.. units.Select(unit => unit.Select(value => (3 * value) - 7).ToArray())];
        KrippendorffAlpha.Ordinal(stretched).Should().BeApproximately(KrippendorffAlpha.Ordinal(units), 1e-12);
        KrippendorffAlpha.Interval(moved).Should().BeApproximately(KrippendorffAlpha.Interval(units), 1e-12);
        KrippendorffAlpha.Interval(stretched).Should().NotBeApproximately(KrippendorffAlpha.Interval(units), 1e-3);
    }

    [Fact]
    public void Full_agreement_is_one_and_opposition_is_negative()
    {
        KrippendorffAlpha.Ordinal([[1, 1, 1], [2, 2]]).Should().Be(1);

        // Within 2 * (0.5 + 0.5) = 2, n = 4, total 1: 1 - 2 * 3 / (4 * 1).
        KrippendorffAlpha.Interval([[1, 2], [2, 1]]).Should().BeApproximately(-0.5, 1e-15);
    }

    [Fact]
    public void What_decides_nothing_is_refused()
    {
        ((Action)(() => KrippendorffAlpha.Ordinal([[1.0], [2.0]]))).Should().Throw<ArgumentException>().WithMessage("units *none among 2*");
        ((Action)(() => KrippendorffAlpha.Interval([]))).Should().Throw<ArgumentException>().WithMessage("units *none among 0*");
        ((Action)(() => KrippendorffAlpha.Interval([[3, 3], [3, 3, 3]]))).Should().Throw<ArgumentException>()
            .WithMessage("units *all 5*3*");
        ((Action)(() => KrippendorffAlpha.Interval([[1, double.NaN]]))).Should().Throw<ArgumentException>().WithMessage("units*");
        ((Action)(() => KrippendorffAlpha.Ordinal(null!))).Should().Throw<ArgumentNullException>();
    }

    private static List<double[]> Units(double[][] observers) => [.. Enumerable.Range(0, observers[0].Length)
        .Select(unit => observers.Select(observer => observer[unit]).Where(value => value > 0).ToArray())];

    private static IEnumerable<(double First, double Second)> Pairs(double[] values) =>
        from i in Enumerable.Range(0, values.Length)
        from j in Enumerable.Range(0, values.Length)
        where i != j
        select (values[i], values[j]);

    private static double Difference(double[] all, (double First, double Second) pair)
    {
        var (low, high) = (Math.Min(pair.First, pair.Second), Math.Max(pair.First, pair.Second));
        var between = all.Count(value => value >= low && value <= high) - (all.Count(value => value == low) / 2.0)
            - (all.Count(value => value == high) / 2.0);
        return low == high ? 0 : between * between;
    }
}

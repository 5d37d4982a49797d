using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class DescriptiveTests
{
    private static readonly double[] Eight = { 2, 4, 4, 4, 5, 5, 7, 9 };

    // The textbook set with mean 5 and population variance 4.
    [Fact]
    public void Moments_by_hand()
    {
        Descriptive.Mean(Eight).Should().Be(5);
        Descriptive.Variance(Eight, 0).Should().Be(4);
        Descriptive.Variance(Eight, 1).Should().BeApproximately(32.0 / 7, 1e-14);
        Descriptive.StandardDeviation(Eight, 0).Should().Be(2);
        StandardError.OfMean(Eight, 1).Should().BeApproximately(Math.Sqrt(32.0 / 7 / 8), 1e-14);
        StandardError.OfMean(Eight, 0).Should().BeApproximately(Math.Sqrt(4.0 / 8), 1e-14);
        Descriptive.Variance(new[] { 3.0 }, 0).Should().Be(0);
    }

    // NumPy: np.quantile([1, 2, 3, 4], [0, .1, .5, .9, 1]) = 1, 1.3, 2.5, 3.7, 4.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.1, 1.3)]
    [InlineData(0.5, 2.5)]
    [InlineData(0.9, 3.7)]
    [InlineData(1, 4)]
    public void Quantile_interpolates_like_NumPy(double q, double expected) =>
        Descriptive.Quantile(new[] { 4.0, 1, 3, 2 }, q).Should().BeApproximately(expected, 1e-14);

    [Fact]
    public void Median_of_odd_and_even_counts_and_the_input_stays_as_it_was()
    {
        var values = new[] { 9.0, 1, 5 };
        Descriptive.Median(values).Should().Be(5);
        values.Should().Equal(9, 1, 5);
        Descriptive.Median(new[] { 9.0, 1, 5, 6 }).Should().Be(5.5);
        Descriptive.Median(new[] { 3.0 }).Should().Be(3);
    }

    // CRS Table 23: 66 of 100 has SE 4.74 (n) or 4.76 (n - 1) in percent.
    [Fact]
    public void Standard_error_of_a_proportion_with_both_divisors()
    {
        StandardError.OfProportion(0.66, 100, 0).Should().BeApproximately(Math.Sqrt(0.66 * 0.34 / 100), 1e-15);
        StandardError.OfProportion(0.66, 100, 1).Should().BeApproximately(Math.Sqrt(0.66 * 0.34 / 99), 1e-15);
        var outcomes = Enumerable.Repeat(1.0, 66).Concat(Enumerable.Repeat(0.0, 34)).ToArray();
        StandardError.OfProportion(0.66, 100, 1).Should().BeApproximately(StandardError.OfMean(outcomes, 1), 1e-14);
        StandardError.OfProportion(0, 2, 1).Should().Be(0);
    }

    [Fact]
    public void Empty_and_not_finite_input_is_refused_by_name()
    {
        ((Action)(() => Descriptive.Mean(Array.Empty<double>())))
            .Should().Throw<ArgumentException>().WithMessage("values *at least 1*held 0*");
        ((Action)(() => Descriptive.Mean(new[] { 1, double.PositiveInfinity })))
            .Should().Throw<ArgumentException>().WithMessage("values[1]*");
        ((Action)(() => Descriptive.Variance(new[] { 1.0 }, 1)))
            .Should().Throw<ArgumentException>().WithMessage("values *at least 2*held 1*");
        ((Action)(() => Descriptive.Variance(new[] { 1.0 }, -1))).Should().Throw<ArgumentException>().WithMessage("ddof *was -1*");
        ((Action)(() => Descriptive.Variance(Array.Empty<double>(), 0))).Should().Throw<ArgumentException>().WithMessage("values *");
        ((Action)(() => Descriptive.Median(new[] { double.NaN }))).Should().Throw<ArgumentException>().WithMessage("values[0]*NaN*");
        ((Action)(() => Descriptive.Quantile(Eight, 1.01))).Should().Throw<ArgumentException>().WithMessage("q *was 1.01*");
        ((Action)(() => StandardError.OfProportion(2, 5, 0))).Should().Throw<ArgumentException>().WithMessage("p *was 2*");
        ((Action)(() => StandardError.OfProportion(0.5, 1, 1))).Should().Throw<ArgumentException>().WithMessage("n *at least 2*was 1*");
        ((Action)(() => StandardError.OfProportion(0.5, 1, -1))).Should().Throw<ArgumentException>().WithMessage("ddof *was -1*");
    }

    // NumPy: np.histogram([0, .1, .2, .3, .9, 1], 10); the edges are low + i * step, so that .3 lies below edge 3 (0.30000000000000004).
    [Fact]
    public void Histogram_puts_values_where_the_edges_say()
    {
        var histogram = Histogram.EqualBins(new[] { 0, 0.1, 0.2, 0.3, 0.9, 1 }, 10);
        histogram.Edges.Should().HaveCount(11);
        histogram.Edges[3].Should().Be(0.1 * 3);
        histogram.Edges[10].Should().Be(1);
        histogram.Counts.Should().Equal(1, 1, 2, 0, 0, 0, 0, 0, 0, 2);
    }

    [Fact]
    public void Histogram_of_equal_values_is_half_a_unit_wide_on_either_side()
    {
        var histogram = Histogram.EqualBins(new[] { 2.0, 2 }, 4);
        histogram.Edges.Should().Equal(1.5, 1.75, 2, 2.25, 2.5);
        histogram.Counts.Should().Equal(0, 0, 2, 0);
    }

    [Fact]
    public void Histogram_with_a_range_leaves_out_what_is_beyond()
    {
        var histogram = Histogram.EqualBins(new[] { -1.0, 0, 0.5, 1, 2 }, 2, 0, 1);
        histogram.Counts.Should().Equal(1, 2);
        ((Action)(() => Histogram.EqualBins(new[] { 1.0 }, 0))).Should().Throw<ArgumentException>().WithMessage("bins *was 0*");
        ((Action)(() => Histogram.EqualBins(Array.Empty<double>(), 3))).Should().Throw<ArgumentException>().WithMessage("values *");
        ((Action)(() => Histogram.EqualBins(new[] { 1.0 }, 3, 1, 1))).Should().Throw<ArgumentException>().WithMessage("high *was 1*");
        ((Action)(() => Histogram.EqualBins(new[] { 1.0 }, 3, double.NaN, 1))).Should().Throw<ArgumentException>().WithMessage("low *NaN*");
        ((Action)(() => Histogram.EqualBins(new[] { 1.0 }, 3, 0, double.NaN)))
            .Should().Throw<ArgumentException>().WithMessage("high *NaN*");
        ((Action)(() => Histogram.EqualBins(new[] { double.NaN }, 3, 0, 1))).Should().Throw<ArgumentException>().WithMessage("values[0]*");
    }
}

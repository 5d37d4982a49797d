using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class HistogramPeaksTests
{
    [Fact]
    public void The_highest_equal_bin_is_found() =>
        HistogramPeaks.OfEqualBins([0, 4, 5, 5.5, 10], 2).Should().Be(new HistogramPeaks.Peak(5, 10, 3));

    [Fact]
    public void Bins_of_a_width_start_at_its_multiples() =>
        HistogramPeaks.OfWidth([99, 100, 150, 199, 200, 320], 100).Should().Be(new HistogramPeaks.Peak(100, 200, 3));

    [Fact]
    public void Of_equally_high_bins_the_first_counts() => HistogramPeaks.OfWidth([10, 110], 100).Lower.Should().Be(0);

    [Fact]
    public void One_value_is_a_peak_of_one() => HistogramPeaks.OfWidth([42], 100).Should().Be(new HistogramPeaks.Peak(0, 100, 1));

    [Fact]
    public void Overlap_is_the_shared_area()
    {
        HistogramPeaks.Overlap([10, 20, 60, 70], [30, 80], 50).Should().BeApproximately(1, 1e-12);
        HistogramPeaks.Overlap([10], [60], 50).Should().Be(0);
        HistogramPeaks.Overlap([10, 20, 30, 60], [60, 70, 80, 10], 50).Should().BeApproximately(0.5, 1e-12);
    }

    [Fact]
    public void Nothing_has_no_peak() =>
        FluentActions.Invoking(() => HistogramPeaks.OfEqualBins([], 5)).Should().Throw<ArgumentException>();

    [Fact]
    public void A_bin_needs_a_width() =>
        FluentActions.Invoking(() => HistogramPeaks.OfWidth([1], 0)).Should().Throw<ArgumentOutOfRangeException>();
}

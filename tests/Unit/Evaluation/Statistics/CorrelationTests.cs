using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class CorrelationTests
{
    // Anscombe's first set: r = 0.81642051634484 (R: cor(anscombe$x1, anscombe$y1)).
    [Fact]
    public void Pearson_of_Anscombes_first_set()
    {
        double[] x = { 10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5 };
        double[] y = { 8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68 };
        Correlation.Pearson(x, y).Should().BeApproximately(0.81642051634484, 1e-12);
        Correlation.Pearson(x, x).Should().BeApproximately(1, 1e-15);
        Correlation.Pearson(x, x.Select(v => -2 * v).ToArray()).Should().BeApproximately(-1, 1e-15);
    }

    [Fact]
    public void Average_ranks_share_the_places_they_cover()
    {
        Correlation.AverageRanks(new[] { 10.0, 20, 20, 5, 20 }).Should().Equal(2, 4, 4, 1, 4);
        Correlation.AverageRanks(new[] { 1.0, 1 }).Should().Equal(1.5, 1.5);
        Correlation.AverageRanks(new[] { 7.0 }).Should().Equal(1);
    }

    // IQ against hours of television: d^2 sums to 194, rho = 1 - 6 * 194 / (10 * 99) = -29/165 (a textbook example without ties).
    [Fact]
    public void Spearman_without_ties_equals_the_difference_formula()
    {
        double[] iq = { 106, 86, 100, 101, 99, 103, 97, 113, 112, 110 };
        double[] hours = { 7, 0, 27, 50, 28, 29, 20, 12, 6, 17 };
        Correlation.Spearman(iq, hours).Should().BeApproximately(-29.0 / 165, 1e-14);
    }

    // By hand: ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4): 4.5 / sqrt(4.5 * 5).
    [Fact]
    public void Spearman_with_ties_is_Pearson_of_the_ranks() =>
        Correlation.Spearman(new[] { 1.0, 2, 2, 3 }, new[] { 0.1, 5, 7, 100 }).Should().BeApproximately(4.5 / Math.Sqrt(22.5), 1e-14);

    // tanh(atanh(0.5) -+ 1.959964 / sqrt(25)).
    [Fact]
    public void Fisher_interval_by_formula()
    {
        var interval = Correlation.FisherInterval(0.5, 28);
        interval.Lower.Should().BeApproximately(Math.Tanh(0.5493061443340549 - (1.959963984540054 / 5)), 1e-12);
        interval.Upper.Should().BeApproximately(Math.Tanh(0.5493061443340549 + (1.959963984540054 / 5)), 1e-12);
        Correlation.FisherInterval(1, 10).Should().Be(new Interval(1, 1));
        Correlation.FisherInterval(-1, 10, 0.5).Should().Be(new Interval(-1, -1));
    }

    [Fact]
    public void Undefined_correlations_are_refused_by_name()
    {
        double[] two = { 1, 2 };
        ((Action)(() => Correlation.Pearson(new[] { 3.0, 3 }, two))).Should().Throw<ArgumentException>().WithMessage("first must vary*3*");
        ((Action)(() => Correlation.Pearson(two, new[] { 3.0, 3 }))).Should().Throw<ArgumentException>().WithMessage("second must vary*3*");
        ((Action)(() => Correlation.Pearson(two, new[] { 3.0, 3, 4 }))).Should().Throw<ArgumentException>().WithMessage("second *held 3*");
        ((Action)(() => Correlation.Pearson(new[] { 3.0 }, new[] { 3.0 })))
            .Should().Throw<ArgumentException>().WithMessage("first *held 1*");
        ((Action)(() => Correlation.Pearson(two, new[] { 3.0, double.NaN }))).Should().Throw<ArgumentException>().WithMessage("second[1]*");
        ((Action)(() => Correlation.Spearman(two, new[] { 3.0 }))).Should().Throw<ArgumentException>().WithMessage("second *held 1*");
        ((Action)(() => Correlation.Spearman(two, new[] { double.NaN, 1 }))).Should().Throw<ArgumentException>().WithMessage("second[0]*");
        ((Action)(() => Correlation.Spearman(new[] { double.NaN, 1 }, two))).Should().Throw<ArgumentException>().WithMessage("first[0]*");
        ((Action)(() => Correlation.AverageRanks(Array.Empty<double>()))).Should().Throw<ArgumentException>().WithMessage("values *");
        ((Action)(() => Correlation.FisherInterval(1.1, 10))).Should().Throw<ArgumentException>().WithMessage("r *was 1.1*");
        ((Action)(() => Correlation.FisherInterval(double.NaN, 10))).Should().Throw<ArgumentException>().WithMessage("r *was NaN*");
        ((Action)(() => Correlation.FisherInterval(0.1, 3))).Should().Throw<ArgumentException>().WithMessage("n *was 3*");
        ((Action)(() => Correlation.FisherInterval(0.1, 4, 0))).Should().Throw<ArgumentException>().WithMessage("level *was 0*");
    }

    // Perfect agreement, and by hand for m = 3, n = 3: rank sums 5, 5, 8, S = 6, W = 12 * 6 / (9 * 24).
    [Fact]
    public void Kendalls_W_by_hand()
    {
        KendallW.Compute(new[] { new[] { 1.0, 2, 3 }, new[] { 10.0, 20, 30 } }).W.Should().BeApproximately(1, 1e-15);
        var result = KendallW.Compute(new[] { new[] { 1.0, 2, 3 }, new[] { 1.0, 2, 3 }, new[] { 3.0, 1, 2 } });
        result.W.Should().BeApproximately(12.0 * 6 / (9 * 24), 1e-15);
        result.ChiSquared.Should().BeApproximately(3 * 2 * result.W, 1e-14);
        result.DegreesOfFreedom.Should().Be(2);
        result.PValue.Should().BeApproximately(Math.Exp(-result.ChiSquared / 2), 1e-14);
    }

    // Two raters who tie the same two items agree perfectly once the ties are corrected for: S = 6, T = 12, W = 72 / (4 * 24 - 2 * 12).
    [Fact]
    public void Kendalls_W_corrects_for_ties()
    {
        KendallW.Compute(new[] { new[] { 1.0, 1, 2 }, new[] { 1.0, 1, 2 } }).W.Should().BeApproximately(1, 1e-15);
        KendallW.Compute(new[] { new[] { 1.0, 1, 2 }, new[] { 1.0, 2, 3 } }).W
            .Should().BeApproximately(12 * ((2.5 - 4) * (2.5 - 4) + (3.5 - 4) * (3.5 - 4) + 4) / (96 - 12), 1e-14);

        // Two groups of ties of one rater: rank sums 2.5, 3.5, 6.5, 7.5, S = 17, T = 6 + 6, W = 12 * 17 / (4 * 60 - 2 * 12).
        KendallW.Compute(new[] { new[] { 1.0, 1, 2, 2 }, new[] { 1.0, 2, 3, 4 } }).W.Should().BeApproximately(12.0 * 17 / 216, 1e-14);
    }

    [Fact]
    public void Kendalls_W_refuses_what_has_no_ranking()
    {
        ((Action)(() => KendallW.Compute(new[] { new[] { 1.0, 2 } }))).Should().Throw<ArgumentException>().WithMessage("ratings *was 1*");
        ((Action)(() => KendallW.Compute(new[] { new[] { 1.0, 2 }, new[] { 1.0 } })))
            .Should().Throw<ArgumentException>().WithMessage("ratings[1]*");
        ((Action)(() => KendallW.Compute(new[] { new[] { 1.0, 2 }, new[] { 1.0, 2, 3 } }))).Should().Throw<ArgumentException>()
            .WithMessage("ratings[1]*held 3*");
        ((Action)(() => KendallW.Compute(new[] { new[] { 1.0, 1 }, new[] { 2.0, 2 } })))
            .Should().Throw<ArgumentException>().WithMessage("ratings *tie*");
        ((Action)(() => KendallW.Compute(new double[][] { null!, null! }))).Should().Throw<ArgumentException>().WithMessage("ratings[0]*");
        ((Action)(() => KendallW.Compute(null!))).Should().Throw<ArgumentNullException>();
    }
}

using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class LogisticRegressionTests
{
    private static readonly double[] Hours =
    {
        0.50, 0.75, 1.00, 1.25, 1.50, 1.75, 1.75, 2.00, 2.25, 2.50, 2.75, 3.00, 3.25, 3.50, 4.00, 4.25, 4.50, 4.75, 5.00, 5.50,
    };

    private static readonly bool[] Passed =
        "0 0 0 0 0 0 1 0 1 0 1 0 1 0 1 1 1 1 1 1".Split(' ').Select(text => text == "1").ToArray();

    // The hours-of-study example common in textbooks: -4.0777 (1.7610) and 1.5046 (0.6287), p = 0.0167, log-likelihood -8.0299.
    [Fact]
    public void Hours_of_study_example()
    {
        var fit = LogisticRegression.Fit(Hours, Passed);
        fit.Separation.Should().Be(Separation.None);
        fit.Intercept.Should().BeApproximately(-4.0777, 5e-5);
        fit.Slope.Should().BeApproximately(1.5046, 5e-5);
        fit.InterceptStandardError.Should().BeApproximately(1.7610, 5e-5);
        fit.SlopeStandardError.Should().BeApproximately(0.6287, 5e-5);
        fit.SlopePValue.Should().BeApproximately(0.0167, 5e-5);
        fit.LogLikelihood.Should().BeApproximately(-8.02988, 5e-6);
        fit.Iterations.Should().BeInRange(3, 12);
        fit.Probability(2).Should().BeApproximately(0.26, 0.005);
    }

    // One two-valued covariate: the slope is the log odds ratio, its variance the sum of reciprocal counts (Woolf).
    [Fact]
    public void A_two_by_two_table_gives_the_log_odds_ratio()
    {
        var x = Enumerable.Repeat(0.0, 10).Concat(Enumerable.Repeat(1.0, 12)).ToArray();
        var y = Enumerable.Range(0, 22).Select(i => i < 3 || i is >= 10 and < 18).ToArray();
        var fit = LogisticRegression.Fit(x, y);
        fit.Intercept.Should().BeApproximately(Math.Log(3.0 / 7), 1e-10);
        fit.Slope.Should().BeApproximately(Math.Log(8.0 / 4 / (3.0 / 7)), 1e-10);
        fit.SlopeStandardError.Should().BeApproximately(Math.Sqrt((1.0 / 3) + (1.0 / 7) + (1.0 / 8) + (1.0 / 4)), 1e-8);
        fit.InterceptStandardError.Should().BeApproximately(Math.Sqrt((1.0 / 3) + (1.0 / 7)), 1e-8);
        fit.Probability(0).Should().BeApproximately(0.3, 1e-10);
    }

    [Fact]
    public void Far_from_the_origin_the_slope_stays_exact()
    {
        var near = LogisticRegression.Fit(Hours, Passed);
        var far = LogisticRegression.Fit(Hours.Select(h => 1e6 + (1e-3 * h)).ToArray(), Passed);
        (far.Slope * 1e-3).Should().BeApproximately(near.Slope, 1e-5);
        far.LogLikelihood.Should().BeApproximately(near.LogLikelihood, 1e-6);
    }

    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { false, false, true, true }, Separation.Complete, double.PositiveInfinity)]
    [InlineData(new[] { 1.0, 2, 3, 4 }, new[] { true, true, false, false }, Separation.Complete, double.NegativeInfinity)]
    [InlineData(new[] { 1.0, 2, 2, 4 }, new[] { false, false, true, true }, Separation.Quasi, double.PositiveInfinity)]
    [InlineData(new[] { 1.0, 2, 2, 4 }, new[] { true, false, true, false }, Separation.Quasi, double.NegativeInfinity)]
    public void Separation_is_reported_with_an_infinite_slope(double[] x, bool[] y, Separation separation, double slope)
    {
        var fit = LogisticRegression.Fit(x, y);
        fit.Separation.Should().Be(separation);
        fit.Slope.Should().Be(slope);
        fit.Intercept.Should().Be(double.NaN);
        fit.SlopeStandardError.Should().Be(double.NaN);
        fit.InterceptStandardError.Should().Be(double.NaN);
        fit.SlopePValue.Should().Be(double.NaN);
        fit.LogLikelihood.Should().Be(separation == Separation.Complete ? 0 : double.NaN);
    }

    [Fact]
    public void A_single_class_is_reported()
    {
        var always = LogisticRegression.Fit(new[] { 1.0, 2 }, new[] { true, true });
        always.Separation.Should().Be(Separation.SingleClass);
        always.Intercept.Should().Be(double.PositiveInfinity);
        LogisticRegression.Fit(new[] { 1.0, 2 }, new[] { false, false }).Intercept.Should().Be(double.NegativeInfinity);
    }

    [Fact]
    public void Steep_but_overlapping_data_converges()
    {
        var x = Enumerable.Range(0, 200).Select(i => (double)i).ToArray();
        var y = x.Select(v => v >= 100).ToArray();
        (y[99], y[100]) = (true, false);
        var fit = LogisticRegression.Fit(x, y);
        fit.Separation.Should().Be(Separation.None);
        fit.Slope.Should().BeGreaterThan(0.5);
        double.IsFinite(fit.SlopeStandardError).Should().BeTrue();

        // At the maximum the score is 0: expected and observed positives agree.
        x.Sum(fit.Probability).Should().BeApproximately(y.Count(v => v), 1e-8);
    }

    // From 0 a full Newton step passes the maximum and never comes back: an outlier makes the curvature there far too small.
    [Fact]
    public void A_step_that_goes_too_far_is_halved()
    {
        double[] x = [.. Enumerable.Range(0, 40), 1e3, 1e5];
        var y = x.Select(v => v is 0 or >= 1e3).ToArray();
        var fit = LogisticRegression.Fit(x, y);
        fit.Separation.Should().Be(Separation.None);
        fit.Iterations.Should().BeLessThan(20);

        // Both score equations hold at the maximum.
        x.Sum(fit.Probability).Should().BeApproximately(3, 1e-9);
        x.Sum(v => v * fit.Probability(v)).Should().BeApproximately(1e3 + 1e5, 1e-5);
    }

    [Fact]
    public void Impossible_input_is_named()
    {
        ((Action)(() => LogisticRegression.Fit(new[] { 1.0 }, new[] { true })))
            .Should().Throw<ArgumentException>().WithMessage("x *held 1*");
        ((Action)(() => LogisticRegression.Fit(new[] { 1.0, 2 }, new[] { true })))
            .Should().Throw<ArgumentException>().WithMessage("y *held 1*");
        ((Action)(() => LogisticRegression.Fit(new[] { 1.0, 1 }, new[] { true, false })))
            .Should().Throw<ArgumentException>().WithMessage("x must vary*1*");
        ((Action)(() => LogisticRegression.Fit(new[] { 1, double.NaN }, new[] { true, false }))).Should().Throw<ArgumentException>()
            .WithMessage("x[1]*NaN*");
    }
}

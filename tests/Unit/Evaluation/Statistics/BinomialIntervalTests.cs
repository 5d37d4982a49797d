using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>Expected values: Newcombe (1998), Two-sided confidence intervals for the single proportion, Table I, four decimals.</summary>
public class BinomialIntervalTests
{
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_gives_the_published_examples(int k, int n, double lower, double upper) =>
        Matches(BinomialInterval.Wilson(k, n), lower, upper);

    [Theory]
    [InlineData(81, 263, 0.2527, 0.3676)]
    [InlineData(15, 148, 0.0578, 0.1617)]
    [InlineData(0, 20, 0.0, 0.1684)]
    [InlineData(1, 29, 0.0009, 0.1776)]
    public void Clopper_Pearson_gives_the_published_examples(int k, int n, double lower, double upper) =>
        Matches(BinomialInterval.ClopperPearson(k, n), lower, upper);

    [Theory]
    [InlineData(81, 263, 0.2522, 0.3638)]
    [InlineData(15, 148, 0.0527, 0.1500)]
    [InlineData(0, 20, 0.0, 0.0)]
    [InlineData(1, 29, -0.0319, 0.1009)]
    public void Wald_gives_the_published_examples_with_its_overshoot(int k, int n, double lower, double upper) =>
        Matches(BinomialInterval.Wald(k, n), lower, upper);

    // R: binom.test(682, 925, p = 0.75) prints 0.7076683 0.7654066.
    [Fact]
    public void Clopper_Pearson_gives_the_worked_example_of_R()
    {
        var interval = BinomialInterval.ClopperPearson(682, 925);
        interval.Lower.Should().BeApproximately(0.7076683, 5e-8);
        interval.Upper.Should().BeApproximately(0.7654066, 5e-8);
    }

    [Theory]
    [InlineData(0.95)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void Clopper_Pearson_bounds_are_where_the_exact_tail_equals_half_the_error(double level)
    {
        for (var n = 1; n <= 12; n++)
        {
            for (var k = 0; k <= n; k++)
            {
                var interval = BinomialInterval.ClopperPearson(k, n, level);
                if (k > 0)
                {
                    BinomialTest.OneSidedGreater(k, n, interval.Lower).Should().BeApproximately((1 - level) / 2, 1e-9);
                }
                else
                {
                    interval.Lower.Should().Be(0);
                }

                if (k < n)
                {
                    BinomialTest.OneSidedLess(k, n, interval.Upper).Should().BeApproximately((1 - level) / 2, 1e-9);
                }
                else
                {
                    interval.Upper.Should().Be(1);
                }
            }
        }
    }

    [Fact]
    public void Wilson_bounds_solve_the_score_equation()
    {
        var interval = BinomialInterval.Wilson(66, 100);
        foreach (var bound in new[] { interval.Lower, interval.Upper })
        {
            (Math.Abs(0.66 - bound) / Math.Sqrt(bound * (1 - bound) / 100)).Should().BeApproximately(1.959963984540054, 1e-10);
        }
    }

    [Fact]
    public void Wilson_from_a_rate_equals_Wilson_from_counts() =>
        BinomialInterval.WilsonFromRate(0.66, 100, 0.9).Should().Be(BinomialInterval.Wilson(66, 100, 0.9));

    [Fact]
    public void Impossible_arguments_are_named()
    {
        ((Action)(() => BinomialInterval.Wilson(3, 2))).Should().Throw<ArgumentException>().WithMessage("k *n = 2*was 3*");
        ((Action)(() => BinomialInterval.ClopperPearson(-1, 2))).Should().Throw<ArgumentException>().WithMessage("k *was -1*");
        ((Action)(() => BinomialInterval.Wald(0, 0))).Should().Throw<ArgumentException>().WithMessage("n *was 0*");
        ((Action)(() => BinomialInterval.Wilson(1, 2, 1))).Should().Throw<ArgumentException>().WithMessage("level *was 1*");
        ((Action)(() => BinomialInterval.Wald(1, 2, double.NaN))).Should().Throw<ArgumentException>().WithMessage("level *was NaN*");
        ((Action)(() => BinomialInterval.ClopperPearson(1, 2, 0))).Should().Throw<ArgumentException>().WithMessage("level *was 0*");
        ((Action)(() => BinomialInterval.WilsonFromRate(0.5, 2, 1))).Should().Throw<ArgumentException>().WithMessage("level *was 1*");
        ((Action)(() => BinomialInterval.WilsonFromRate(1.1, 2))).Should().Throw<ArgumentException>().WithMessage("rate *was 1.1*");
        ((Action)(() => BinomialInterval.WilsonFromRate(0.1, 0))).Should().Throw<ArgumentException>().WithMessage("n *was 0*");
    }

    [Fact]
    public void An_interval_holds_its_bounds_and_no_NaN()
    {
        var interval = new Interval(1, 3);
        interval.Width.Should().Be(2);
        interval.Contains(1).Should().BeTrue();
        interval.Contains(3).Should().BeTrue();
        interval.Contains(2).Should().BeTrue();
        interval.Contains(0.999).Should().BeFalse();
        interval.Contains(3.001).Should().BeFalse();
        interval.Contains(double.NaN).Should().BeFalse();
    }

    private static void Matches(Interval interval, double lower, double upper)
    {
        interval.Lower.Should().BeApproximately(lower, 5.1e-5);
        interval.Upper.Should().BeApproximately(upper, 5.1e-5);
    }
}

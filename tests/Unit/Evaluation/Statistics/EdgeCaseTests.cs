using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>The statistics at the ends of what they take.</summary>
public sealed class EdgeCaseTests
{
    [Fact]
    public void Intervals_of_nothing_and_of_everything_end_at_exactly_0_and_1()
    {
        for (var n = 1; n <= 300; n++)
        {
            foreach (var interval in new Func<int, int, double, Interval>[]
            {
                BinomialInterval.Wilson, BinomialInterval.MidP, BinomialInterval.ClopperPearson,
            })
            {
                interval(0, n, 0.95).Lower.Should().Be(0, "n = {0}", n);
                interval(n, n, 0.95).Upper.Should().Be(1, "n = {0}", n);
            }
        }
    }

    /// <summary>(a, b) swapped gives 1 minus the interval.</summary>
    [Fact]
    public void The_mid_p_interval_mirrors_its_counts()
    {
        var (few, many) = (BinomialInterval.MidP(0, 7), BinomialInterval.MidP(7, 7));

        many.Lower.Should().BeApproximately(1 - few.Upper, 1e-14);
        few.Upper.Should().BeApproximately(1 - Math.Pow(0.05, 1.0 / 7), 1e-12, "(1 - p)^7 / 2 = 0.025 where nothing succeeds");
    }

    [Fact]
    public void Without_a_discordant_pair_the_mid_p_is_1() => McNemar.MidP(0, 0).Should().Be(1);

    /// <summary>Without acceleration, and with half of the resamples below the estimate, the interval is that of percentiles.</summary>
    [Fact]
    public void Items_that_all_weigh_the_same_give_no_acceleration() =>
        Bootstrap.Bca(1, [0, 1, 2], [1, 1], 0.5).Should().Be(new Interval(0.5, 1.5));

    [Fact]
    public void An_estimate_outside_all_resamples_gives_their_end()
    {
        Bootstrap.Bca(-1, [0, 1, 2], [1, 2]).Should().Be(new Interval(0, 0));
        Bootstrap.Bca(3, [0, 1, 2], [1, 2]).Should().Be(new Interval(2, 2));
    }

    [Theory]
    [InlineData(".5", 2, true)]
    [InlineData(".5", 3, false)]
    [InlineData("0.333333333333333", 3, true)]
    [InlineData("0.333333333333332", 3, false)]
    public void A_printed_share_may_begin_with_its_point_and_have_15_decimals(string printed, int n, bool expected) =>
        Grim.IsAttainable(printed, n).Should().Be(expected);

    [Fact]
    public void The_smallest_and_the_largest_mean_are_attainable()
    {
        Grim.IsAttainable(0, 2, 5).Should().BeTrue();
        Grim.IsAttainable(0.333333333333333, 15, 3).Should().BeTrue();
        Grim.IsAttainable(1e9, 0, 1, GrimScale.Mean).Should().BeTrue();
    }

    /// <summary>A bin holds its lower edge, the last one also its upper edge, however the division rounds.</summary>
    [Fact]
    public void Every_edge_lies_in_the_bin_above_it()
    {
        foreach (var (low, high) in new[] { (0, 1), (0, 0.7), (0.1, 0.9), (-1 / 3.0, 2 / 3.0), (-1e-3, 1e3) })
        {
            for (var bins = 1; bins <= 60; bins++)
            {
                var edges = Histogram.EqualBins([low], bins, low, high).Edges;

                Histogram.EqualBins([.. edges], bins, low, high).Counts
                    .Should().Equal([.. Enumerable.Repeat(1, bins - 1), 2], "{0} bins from {1} to {2}", bins, low, high);
            }
        }
    }

    /// <summary>One success between failures: no threshold splits the classes.</summary>
    [Fact]
    public void A_single_case_of_a_class_has_a_finite_fit()
    {
        bool[] one = [false, false, true, false], other = [true, true, false, true];

        LogisticRegression.Fit([0, 1, 2, 3], one).Separation.Should().Be(Separation.None);
        LogisticRegression.Fit([0, 1, 2, 3], other).Separation.Should().Be(Separation.None);
    }

    /// <summary>The objective is the sum of absolute coefficients and the loss; a row of weight 0 has no part in it.</summary>
    [Fact]
    public void The_penalised_objective_is_penalty_and_loss()
    {
        double[] features = [1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 5, 5], shares = [1, 1, 0, 0, 0, 1, 0], weights = [1, 1, 1, 1, 1, 1, 0];

        var fit = PenalizedLogisticRegression.Fit(features, 2, shares, weights, 10);

        // Two of three rows are 1 with the first feature and one of three with the second: c (3 sigmoid(b) - 2) = -1 gives
        // sigmoid(b) = 19/30, and its mirror image.
        var b = Math.Log(19.0 / 11);
        fit.Coefficients[0].Should().BeApproximately(b, 1e-12);
        fit.Coefficients[1].Should().BeApproximately(-b, 1e-12);
        fit.Objective.Should().BeApproximately((2 * b) - (20 * ((2 * Math.Log(19 / 30.0)) + Math.Log(11 / 30.0))), 1e-10);
    }

    /// <summary>All signs alike: two of 2^n patterns, at the largest n too, and in any unit.</summary>
    [Fact]
    public void The_sign_flip_p_of_differences_of_one_sign()
    {
        double[] differences = [.. Enumerable.Range(1, 20).Select(i => 0.1 * i)];

        SignFlip.TwoSided(differences).Should().Be(2 / Math.Pow(2, 20));
        SignFlip.TwoSided([.. differences.Reverse().Select(difference => difference * 1e9)]).Should().Be(2 / Math.Pow(2, 20));
    }

    /// <summary>0.1 + 0.2 is not 0.3 in binary: patterns whose sums differ by rounding alone count as equal, in any unit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e9)]
    [InlineData(1e-9)]
    public void Sums_that_rounding_alone_tells_apart_are_equal(double unit)
    {
        // Of 8 patterns those with the sum 0 or more in size all count: the observed sum is 0 up to rounding.
        SignFlip.TwoSided([0.1 * unit, 0.2 * unit, -0.3 * unit]).Should().Be(1);
        // The sums are 0.6, 0.4, 0.2 and 0 on either side, each twice; 0.4 or more have four of eight.
        SignFlip.TwoSided([-0.1 * unit, 0.2 * unit, 0.3 * unit]).Should().Be(0.5);
    }

    /// <summary>
    /// A sample of two that differ by 2 u has the squared standard error u^2. Against a constant one whose mean is 2 u away t is 2, against
    /// a sample that is nothing beside it too, in units whose squares no double holds.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e-200)]
    [InlineData(1e200)]
    public void Welch_takes_samples_of_any_two_units(double unit)
    {
        TTest.Welch([unit, 3 * unit], [0, 0]).T.Should().BeApproximately(2, 1e-12);
        TTest.Welch([0, 0], [unit, 3 * unit]).T.Should().BeApproximately(-2, 1e-12);
        TTest.Welch([unit, 3 * unit], [unit * 1e-50, unit * 3e-50]).T.Should().BeApproximately(2, 1e-12);
        TTest.Welch([unit * 1e-50, unit * 3e-50], [unit, 3 * unit]).T.Should().BeApproximately(-2, 1e-12);
    }

    [Fact]
    public void A_decision_is_about_first_minus_second()
    {
        var decision = PairedDecision.Decide([3, 5, 4, 6, 5, 7, 4, 6], [1, 2, 2, 3, 3, 4, 2, 3], 0);

        decision.Estimate.Should().Be(2.5);
        decision.TInterval.Contains(2.5).Should().BeTrue();
    }

    /// <summary>
    /// Standard deviation 2 and a target of 2.84: with 6 seeds the quantiles t(0.975, 5) + t(0.8, 5) = 2.5706 + 0.9195 = 3.4901 ask for
    /// 6 x 2.84^2 = 48.39 of 4 x 12.181 = 48.72, which is short; with 7 they are 2.4469 + 0.9057 and ask for 44.96 of 56.46.
    /// </summary>
    [Fact]
    public void Seeds_needed_take_the_quantiles_of_their_own_number()
    {
        var size = 2 / Math.Sqrt(8.0 / 7);
        double[] differences = [size, -size, size, -size, size, -size, size, -size];
        var decision = PairedDecision.Decide(
            [.. differences.Select(difference => 3 + difference)], [.. differences.Select(_ => 3.0)], 2.84);

        decision.StandardDeviation.Should().BeApproximately(2, 1e-12);
        decision.SeedsNeeded().Should().Be(7, "the margin is what shall be found");
    }

    /// <summary>Without a margin the estimate is what shall be found.</summary>
    [Fact]
    public void Seeds_needed_without_a_margin_are_those_of_the_estimate()
    {
        var decision = PairedDecision.Decide([1, 2, 3, 4, 5, 6, 7, 8], new double[8], 0);

        decision.SeedsNeeded().Should().Be(decision.SeedsNeeded(4.5)).And.NotBeNull();
    }
}

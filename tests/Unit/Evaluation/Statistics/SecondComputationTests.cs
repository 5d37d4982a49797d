using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>Statistics against values that SciPy 1.10, statsmodels 0.13 or exact rational arithmetic gave for the same inputs.</summary>
public sealed class SecondComputationTests
{
    // scipy.stats.kendalltau.
    [Theory]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 1, 2, 3 }, 1.0)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { 3, 2, 1 }, -1.0)]
    [InlineData(new double[] { 1, 1, 2 }, new double[] { 1, 2, 2 }, 0.5)]
    [InlineData(new double[] { 1, 1, 2, 3 }, new double[] { 2, 2, 1, 3 }, 0.2)]
    [InlineData(new double[] { 0, 0, 0, 1 }, new double[] { 1, 0, 0, 0 }, -1 / 3.0)]
    [InlineData(new[] { 1e-200, 2e-200, 3e-200 }, new[] { 1e200, 3e200, 2e200 }, 1 / 3.0)]
    [InlineData(new double[] { 5, 5, 5, 5, 6 }, new double[] { 1, 2, 3, 4, 5 }, 0.6324555320336759)]
    [InlineData(new double[] { 12, 2, 1, 12, 2 }, new double[] { 1, 4, 7, 1, 0 }, -0.4714045207910316)]
    [InlineData(new double[] { -1, 0, 0, 1, 1, 2 }, new double[] { 3, 3, 1, 1, 2, 2 }, -0.3202563076101743)]
    [InlineData(new double[] { 1, 2 }, new double[] { 2, 1 }, -1.0)]
    public void Kendalls_tau_b(double[] first, double[] second, double expected) =>
        Correlation.KendallTauB(first, second).Should().BeApproximately(expected, 1e-14);

    [Fact]
    public void Kendalls_tau_b_refuses_what_does_not_vary()
    {
        ((Action)(() => Correlation.KendallTauB([1, 1], [1, 2]))).Should().Throw<ArgumentException>().WithMessage("first must vary*");
        ((Action)(() => Correlation.KendallTauB([1, 2], [1, 2, 3]))).Should().Throw<ArgumentException>().WithMessage("second *held 3*");
    }

    // Exact rational arithmetic.
    [Theory]
    [InlineData(new double[] { 1, 2, 3, 4 }, new double[] { 2, 4, 6, 9 }, 0.9943767126843689)]
    [InlineData(new[] { 1e-200, 2e-200, 4e-200 }, new double[] { 1, 2, 3 }, 0.9819805060619657)]
    [InlineData(new[] { 1e200, 2e200, 4e200 }, new double[] { 1, 2, 3 }, 0.9819805060619657)]
    [InlineData(new[] { 1e-200, 2e-200, 4e-200 }, new[] { 3e200, 2e200, -1e200 }, -0.9958705948858223)]
    [InlineData(new[] { 1e308, -1e308, 0 }, new[] { 1, -1, 0.5 }, 0.9607689228305227)]
    [InlineData(new[] { 5e-324, 0, 1e-323 }, new double[] { 0, 1, 2 }, 0.5)]
    [InlineData(new[] { 1e16, 1e16 + 2, 1e16 + 4 }, new double[] { 1, 2, 4 }, 0.9819805060619657)]
    [InlineData(new double[] { -1, 1 }, new double[] { 1, -1 }, -1.0)]
    [InlineData(new[] { 1e-160, -1e-160, 3e-160, 0 }, new double[] { 2, 2, 1, 7 }, -0.43244998209386826)]
    [InlineData(new double[] { 0, 0, 0, 1 }, new double[] { 0, 0, 1, 0 }, -1 / 3.0)]
    public void Pearson_at_the_ends_of_the_range(double[] first, double[] second, double expected) =>
        Correlation.Pearson(first, second).Should().BeApproximately(expected, 1e-14);

    // Exact rational arithmetic over all tables with the same margins.
    [Theory]
    [InlineData(new[] { 3, 1 }, new[] { 1, 3 }, 0.4857142857142857)]
    [InlineData(new[] { 5, 2, 0 }, new[] { 0, 2, 5 }, 0.0034965034965034965)]
    [InlineData(new[] { 5, 4, 1, 4, 1 }, new[] { 5, 2, 0, 0, 3 }, 0.20435516832070877)]
    [InlineData(new[] { 0, 0, 3 }, new[] { 3, 3, 0 }, 0.03571428571428571)]
    [InlineData(new[] { 7 }, new[] { 2 }, 1.0)]
    [InlineData(new[] { 0, 0 }, new[] { 4, 4 }, 1.0)]
    [InlineData(new[] { 10, 0, 0, 0 }, new[] { 0, 4, 3, 3 }, 1.082508822446903e-05)]
    [InlineData(new[] { 2, 2, 2 }, new[] { 2, 2, 2 }, 1.0)]
    [InlineData(new[] { 1, 0, 0, 0, 0, 0 }, new[] { 0, 1, 1, 1, 1, 1 }, 1.0)]
    [InlineData(new[] { 12, 5, 9, 0 }, new[] { 8, 15, 1, 2 }, 0.0016674668304814792)]
    [InlineData(new[] { 0, 3 }, new[] { 0, 0 }, 1.0)]
    public void Fishers_test_of_two_rows(int[] first, int[] second, double expected)
    {
        FisherExact.TwoSided(first, second).Should().BeApproximately(expected, 1e-11);
        FisherExact.TwoSided(second, first).Should().BeApproximately(expected, 1e-11);
    }

    [Theory]
    [InlineData(new[] { 1, 2 }, new[] { 1 }, "second*")]
    [InlineData(new int[0], new int[0], "first*")]
    [InlineData(new[] { 1, -1 }, new[] { 1, 1 }, "first?1?*")]
    [InlineData(new[] { 0, 0 }, new[] { 0, 0 }, "*at least one count*was 0*")]
    [InlineData(new[] { 999, 999, 999 }, new[] { 0, 0, 0 }, "*at most 10000000*was 2997 and 1E+09*")]
    public void Fishers_test_of_two_rows_refuses(int[] first, int[] second, string message) =>
        FluentActions.Invoking(() => FisherExact.TwoSided(first, second)).Should().Throw<ArgumentException>().WithMessage(message);

    // scipy.stats.binom, the bounds by root finding.
    [Theory]
    [InlineData(0, 1, 0.5, 0.0, 0.95)]
    [InlineData(1, 1, 0.5, 0.05, 1.0)]
    [InlineData(0, 10, 0.0009765625, 0.0, 0.2588655508930523)]
    [InlineData(5, 10, 1.0, 0.21200850677886804, 0.787991493221132)]
    [InlineData(9, 11, 0.03857421875, 0.517319552421719, 0.96831343003204)]
    [InlineData(32, 50, 0.04887389231827033, 0.5006956213432888, 0.7635017957667732)]
    [InlineData(60, 100, 0.04604406692934283, 0.5017615253169435, 0.6925233702577406)]
    [InlineData(128, 226, 0.04622338429275344, 0.5011132056283752, 0.6299397894143111)]
    [InlineData(3, 1000, 1.5601181444447709e-293, 0.0007636462889874077, 0.00814231779884038)]
    [InlineData(66, 100, 0.0013318251141996122, 0.5631233688957633, 0.747731539200861)]
    public void Mid_p_and_its_interval(int k, int n, double p, double lower, double upper)
    {
        BinomialTest.MidP(k, n).Should().BeApproximately(p, 1e-9 * p);
        var interval = BinomialInterval.MidP(k, n);
        interval.Lower.Should().BeApproximately(lower, 1e-10);
        interval.Upper.Should().BeApproximately(upper, 1e-10);
        McNemar.MidP(k, n - k).Should().BeApproximately(p, 1e-9 * p);
    }

    [Theory]
    [InlineData(2, 10, 0.1, 0.3340918973)]
    [InlineData(0, 5, 0.2, 0.32768)]
    [InlineData(7, 9, 0.9, 0.27813115999999977)]
    [InlineData(1, 3, 1 / 3.0, 0.962962962962963)]
    public void Mid_p_under_another_probability(int k, int n, double probability, double expected) =>
        BinomialTest.MidP(k, n, probability).Should().BeApproximately(expected, 1e-10);

    // Method 10 of Newcombe (1998) from its formulas; (36, 12, 2, 0) and (20, 12, 2, 16) are of the size of his examples.
    [Theory]
    [InlineData(20, 12, 2, 16, 0.05615642484174832, 0.3292069954001405)]
    [InlineData(36, 12, 2, 0, 0.05692958400323875, 0.3404276029749408)]
    [InlineData(0, 1, 1, 0, -0.8109375885315386, 0.8109375885315386)]
    [InlineData(0, 0, 0, 5, -0.43448246478317476, 0.43448246478317476)]
    [InlineData(5, 0, 0, 5, -0.16659315708122263, 0.16659315708122263)]
    [InlineData(0, 10, 0, 0, 0.6075093504305242, 1.0)]
    [InlineData(1, 0, 0, 0, -0.7934506856227626, 0.7934506856227626)]
    [InlineData(1180, 301, 141, 300, 0.06208079837544324, 0.10435480739117868)]
    [InlineData(43, 9, 1, 1, 0.030044680620618727, 0.2733481688615294)]
    [InlineData(2, 1, 3, 1, -0.638623208006962, 0.21440598789361992)]
    public void Interval_of_paired_proportions(int both, int first, int second, int neither, double lower, double upper)
    {
        var interval = PairedProportions.Newcombe(both, first, second, neither);
        interval.Lower.Should().BeApproximately(lower, 1e-12);
        interval.Upper.Should().BeApproximately(upper, 1e-12);
    }

    // From the formula; the first agrees with statsmodels' ordinal association up to its n - 1 in place of n.
    [Theory]
    [InlineData(new[] { 37, 100, 35, 100, 34, 100 }, new[] { 0.25, 0.625, 1 }, -0.44378611901682846, 0.6571972251479319)]
    [InlineData(new[] { 66, 100, 61, 100, 56, 100 }, new[] { 0, 0.25, 0.625 }, -1.4401628927874779, 0.1498213188573817)]
    [InlineData(new[] { 1, 10, 5, 10, 9, 10 }, new double[] { 0, 1, 2 }, 3.5777087639996634, 0.0003466193511346668)]
    [InlineData(new[] { 0, 5, 0, 5 }, new double[] { 0, 1 }, 0.0, 1.0)]
    [InlineData(new[] { 5, 5, 5, 5, 5, 5 }, new double[] { 1, 2, 3 }, 0.0, 1.0)]
    [InlineData(new[] { 1, 2, 3, 4 }, new double[] { -1e6, 1e6 }, 0.6123724356957946, 0.5402913746074198)]
    [InlineData(new[] { 10, 20, 10, 20 }, new double[] { 0, 1 }, 0.0, 1.0)]
    [InlineData(new[] { 3, 7, 0, 1, 5, 9, 2, 2 }, new double[] { 1, 1, 2, 3 }, 1.518025412962891, 0.12900799233375748)]
    [InlineData(new[] { 1, 100000, 5, 100000, 20, 100000 }, new double[] { 0, 1, 10 }, 4.782911557069922, 1.7277415798362686e-06)]
    [InlineData(new[] { 9, 10, 1, 10 }, new double[] { 0, 1 }, -3.5777087639996634, 0.0003466193511346668)]
    public void Trend_of_Cochran_and_Armitage(int[] counts, double[] scores, double z, double p)
    {
        var test = TrendTest.CochranArmitage([.. counts.Chunk(2).Select(c => (c[0], c[1]))], scores);
        test.Z.Should().BeApproximately(z, 1e-9);
        test.PValue.Should().BeApproximately(p, 1e-9 * p);
    }

    [Fact]
    public void A_trend_needs_different_scores() =>
        ((Action)(() => TrendTest.CochranArmitage([(1, 2), (1, 2)], [3, 3]))).Should().Throw<ArgumentException>()
            .WithMessage("scores must differ, were 3*");

    // All n^n resamples of n items instead of drawn ones, scipy's quantiles and normal distribution.
    [Theory]
    [InlineData("mean", new double[] { 1, 2, 3, 4 }, 1.5, 3.5)]
    [InlineData("mean", new double[] { 0, 0, 0, 10 }, 0.0, 7.5)]
    [InlineData("mean", new double[] { 1, 1, 1, 2, 9 }, 1.0, 7.4)]
    [InlineData("median", new double[] { 1, 2, 4, 8, 16 }, 1.0, 16.0)]
    [InlineData("median", new double[] { 5, 1, 3 }, 1.0, 5.0)]
    [InlineData("max", new double[] { 1, 2, 3, 4 }, 3.0, 4.0)]
    [InlineData("var", new double[] { 1, 2, 4, 7, 11 }, 3.76, 24.0)]
    [InlineData("mean", new double[] { -1, 1 }, -0.925, 0.925)]
    [InlineData("mean", new[] { 1e-9, 2e-9, 7e-9, 1e-9 }, 1.25e-09, 6.160023565656701e-09)]
    [InlineData("mean", new double[] { 0, 1, 1, 1, 1 }, 0.2, 1.0)]
    public void Bias_corrected_and_accelerated_bootstrap(string name, double[] values, double lower, double upper)
    {
        double Of(IEnumerable<double> drawn) => name switch
        {
            "mean" => drawn.Average(),
            "median" => Descriptive.Median([.. drawn]),
            "max" => drawn.Max(),
            _ => Descriptive
                .Variance([.. drawn], 0),
        };
        var n = values.Length;
        var resampled = Enumerable.Range(0, (int)Math.Pow(n, n)).Select(
            code => Of(Enumerable.Range(0, n).Select(place => values[code / (int)Math.Pow(n, place) % n]))).ToArray();
        double[] leftOut = [.. Enumerable.Range(0, n).Select(i => Of(values.Where((_, j) => j != i)))];
        var interval = Bootstrap.Bca(Of(values), resampled, leftOut);
        interval.Lower.Should().BeApproximately(lower, 1e-9 * values.Max(Math.Abs));
        interval.Upper.Should().BeApproximately(upper, 1e-9 * values.Max(Math.Abs));
    }

    [Fact]
    public void The_drawn_bootstrap_comes_near_the_one_over_all_resamples()
    {
        double[] values = [1, 1, 1, 2, 9];
        var interval = Bootstrap.BcaInterval(values.Length, drawn => drawn.ToArray().Average(i => values[i]), 20_000, 3);
        interval.Lower.Should().BeApproximately(1, 1e-9);
        interval.Upper.Should().BeApproximately(7.4, 0.21);
        Bootstrap.BcaInterval(3, _ => 4, 10, 1).Should().Be(new Interval(4, 4));
    }

    // scipy.stats.trim_mean(x, 0.25) of all scores, and shares above 0, 0.5 and 2.
    [Theory]
    [InlineData(2, new[] { 0.1, 0.9, 0.3, 0.5 }, 0.4, 1.0, 0.25, 0.0)]
    [InlineData(3, new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 5.0, 1.0, 1.0, 7 / 9.0)]
    [InlineData(1, new double[] { 5 }, 5.0, 1.0, 1.0, 1.0)]
    [InlineData(2, new double[] { 0, 0, 0, 1 }, 0.0, 0.25, 0.25, 0.0)]
    [InlineData(8, new double[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 4.5, 1.0, 1.0, 0.75)]
    [InlineData(2, new double[] { -1, -2, 3, 100 }, 1.0, 0.5, 0.5, 0.5)]
    [InlineData(2, new[] { 1e-9, 2e-9, 3e-9, 1 }, 2.5e-09, 1.0, 0.25, 0.0)]
    [InlineData(3, new[] { .5, .5, .5, .5, .5, .5 }, 0.5, 1.0, 0.0, 0.0)]
    [InlineData(2, new double[] { 3, 1, 2, 2, 1, 3 }, 2.0, 1.0, 1.0, 1 / 3.0)]
    [InlineData(2, new double[] { 10, 0, 20, 0, 30, 0, 40, 1 }, 7.75, 0.625, 0.625, 0.5)]
    public void Interquartile_mean_and_performance_profile(
        int tasks, double[] scores, double mean, double above0, double aboveHalf, double above2)
    {
        var table = Table(tasks, scores);
        SeedScores.InterquartileMean(table).Should().BeApproximately(mean, 1e-14);
        SeedScores.PerformanceProfile(table, [0, 0.5, 2]).Should().Equal(above0, aboveHalf, above2);
    }

    // The U of scipy.stats.mannwhitneyu over the number of pairs, averaged over tasks.
    [Theory]
    [InlineData(2, new[] { 0.1, 0.9, 0.3, 0.5 }, new double[] { 0, 0, 0, 1 }, 0.75)]
    [InlineData(2, new double[] { 0, 0, 0, 1 }, new[] { 0.1, 0.9, 0.3, 0.5 }, 0.25)]
    [InlineData(2, new[] { 0.1, 0.9, 0.3, 0.5 }, new[] { 0.1, 0.9, 0.3, 0.5 }, 0.5)]
    [InlineData(3, new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, new double[] { 1, 5, 9 }, 0.5)]
    [InlineData(1, new double[] { 5 }, new double[] { 5, 5 }, 0.5)]
    [InlineData(1, new double[] { 5 }, new double[] { 4, 6, 5 }, 0.5)]
    [InlineData(2, new double[] { 3, 1, 2, 2, 1, 3 }, new double[] { -1, -2, 3, 100 }, 0.5416666666666667)]
    [InlineData(2, new double[] { 10, 0, 20, 0, 30, 0, 40, 1 }, new double[] { 3, 1, 2, 2, 1, 3 }, 0.5208333333333334)]
    [InlineData(2, new double[] { 1, 1 }, new double[] { 0, 2 }, 0.5)]
    [InlineData(1, new[] { 1e-12 }, new double[] { 0 }, 1.0)]
    public void Probability_of_improvement(int tasks, double[] first, double[] second, double expected)
    {
        SeedScores.ProbabilityOfImprovement(Table(tasks, first), Table(tasks, second)).Should().BeApproximately(expected, 1e-14);
        SeedScores.ProbabilityOfImprovement(Table(tasks, second), Table(tasks, first)).Should().BeApproximately(1 - expected, 1e-14);
    }

    // Two runs of one task are drawn as (a, a), (a, b), (b, a), (b, b): a quarter each end. Tasks do not mix.
    [Fact]
    public void The_stratified_bootstrap_draws_runs_within_tasks()
    {
        var scores = Table(2, [0, 100, 1, 101]);
        var seen = new HashSet<double>();
        var interval = SeedScores.StratifiedInterval(
            scores,
            drawn =>
            {
                drawn.Cast<double>().Chunk(2).Should().OnlyContain(run => run[0] <= 1 && run[1] >= 100);
                var mean = drawn.Cast<double>().Average();
                seen.Add(mean);
                return mean;
            },
            4000,
            1);
        seen.Should().BeEquivalentTo([50.0, 50.25, 50.5, 50.75, 51.0]);
        interval.Should().Be(new Interval(50, 51));
        SeedScores.StratifiedInterval(Table(3, [2, 3, 4]), SeedScores.InterquartileMean, 10, 5).Should().Be(new Interval(3, 3));
        SeedScores.StratifiedInterval(
            [scores, scores], pair => SeedScores.ProbabilityOfImprovement(pair[0], pair[1]), 2000, 2).Contains(0.5).Should().BeTrue();
    }

    [Fact]
    public void Seed_scores_refuse_bad_input()
    {
        ((Action)(() => SeedScores.InterquartileMean(new double[0, 3]))).Should().Throw<ArgumentException>()
            .WithMessage("scores must hold at least 1*");
        ((Action)(() => SeedScores.InterquartileMean(new[,] { { double.NaN } }))).Should().Throw<ArgumentException>()
            .WithMessage("scores*must be finite*");
        ((Action)(() => SeedScores.ProbabilityOfImprovement(Table(1, [1]), Table(2, [1, 2])))).Should().Throw<ArgumentException>()
            .WithMessage(
            "tasks of second*");
    }

    // What the format of Python gives for k / n, halves in decimal but not in binary among them.
    [Theory]
    [InlineData(3, 160, "0.0187")]
    [InlineData(1, 8, "0.12")]
    [InlineData(1, 16, "0.062")]
    [InlineData(5, 32, "0.1562")]
    [InlineData(3, 8, "0.38")]
    [InlineData(7, 160, "0.0437")]
    [InlineData(9, 160, "0.0563")]
    [InlineData(13, 16, "0.812")]
    [InlineData(1, 2, "0")]
    [InlineData(3, 2000, "0.002")]
    public void Grim_knows_what_printf_prints(int k, int n, string printed)
    {
        Grim.Numerators(printed, n, rounding: GrimRounding.Binary).Should().Contain(k);
        Grim.Numerators(printed, n).Should().Contain(k);
        var unit = Math.Pow(10, printed.Length > 1 ? 2 - printed.Length : 0);
        foreach (var other in new[] { double.Parse(printed, System.Globalization.CultureInfo.InvariantCulture) - unit, double
            .Parse(printed, System.Globalization.CultureInfo.InvariantCulture) + unit }.Where(v => v is >= 0 and <= 1))
        {
            Grim.Numerators(
                other.ToString(Invariant($"F{Math.Max(0, printed.Length - 2)}"), System.Globalization.CultureInfo.InvariantCulture), n,
                rounding: GrimRounding.Binary).Should().NotContain(k);
        }
    }

    [Theory]
    [InlineData("0.66", 3, true)]
    [InlineData("0.67", 3, false)]
    [InlineData("0.333", 3, true)]
    [InlineData("0.99", 100, true)]
    [InlineData("1.00", 100, true)]
    [InlineData("0.124", 8, false)]
    [InlineData("0.125", 8, true)]
    [InlineData("0.12", 8, true)]
    [InlineData("0.13", 8, false)]
    [InlineData("66.6%", 3, true)]
    public void Grim_knows_truncation(string printed, int n, bool expected) =>
        Grim.IsAttainable(printed, n, rounding: GrimRounding.Truncated).Should().Be(expected);

    [Theory]
    [InlineData("1.01", 100, false)]
    [InlineData("1.00", 100, true)]
    [InlineData("101%", 100, false)]
    [InlineData("1.004", 100, false)]
    public void A_share_is_at_most_the_whole(string printed, int n, bool expected) => Grim.IsAttainable(printed, n).Should().Be(expected);

    // Binomial tails of scipy: 6 of 7 at 1320 of 10001, none of 7 at 165 of 10001.
    [Theory]
    [InlineData(1319, new[] { "0.8840", "0.8757", "0.8923", "0.8681", "0.8825", "0.8454", "0.8802" }, 6, 3.282e-5)]
    [InlineData(164, new[] { "0.5625", "0.7125", "0.7438", "0.5625", "0.625", "0.6438", "0.6563" }, 0, 1)]
    [InlineData(100, new[] { "0.5", "0.25" }, 2, 1)]
    public void A_row_is_judged_before_its_cells(int n, string[] printed, int attainable, double p)
    {
        var row = Grim.RowPassRate(printed, n);
        row.Attainable.Should().Be(attainable);
        row.PValue.Should().BeApproximately(p, 0.01 * p);
    }

    private static double[,] Table(int tasks, double[] scores)
    {
        var table = new double[scores.Length / tasks, tasks];
        for (var i = 0; i < scores.Length; i++)
        {
            table[i / tasks, i % tasks] = scores[i];
        }

        return table;
    }
}

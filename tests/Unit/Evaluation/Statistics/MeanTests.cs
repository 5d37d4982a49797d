using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>t tests, chi-squared tests and Holm's correction against worked examples.</summary>
public class MeanTests
{
    // Student's sleep data, as in the documentation of R's t.test.
    private static readonly double[] Drug1 = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
    private static readonly double[] Drug2 = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };

    // R: t = -1.8608, df = 17.776, p-value = 0.07939, interval -3.3654832 0.2054832.
    [Fact]
    public void Welch_gives_the_sleep_example_of_R()
    {
        var test = TTest.Welch(Drug1, Drug2);
        test.T.Should().BeApproximately(-1.8608, 5e-5);
        test.DegreesOfFreedom.Should().BeApproximately(17.776, 5e-4);
        test.PValue.Should().BeApproximately(0.07939, 5e-6);
        test.Interval().Lower.Should().BeApproximately(-3.3654832, 1e-6);
        test.Interval().Upper.Should().BeApproximately(0.2054832, 1e-6);
    }

    // R: t = -1.8608, df = 18, p-value = 0.07919, interval -3.363874 0.203874.
    [Fact]
    public void Pooled_gives_the_sleep_example_of_R()
    {
        var test = TTest.Pooled(Drug1, Drug2);
        test.Difference.Should().BeApproximately(-1.58, 1e-12);
        test.T.Should().BeApproximately(-1.8608, 5e-5);
        test.DegreesOfFreedom.Should().Be(18);
        test.PValue.Should().BeApproximately(0.07919, 5e-6);
        test.Interval().Lower.Should().BeApproximately(-3.363874, 1e-6);
        test.Interval(0.95).Upper.Should().BeApproximately(0.203874, 1e-6);
    }

    // R: t = -4.0621, df = 9, p-value = 0.002833.
    [Fact]
    public void Paired_gives_the_sleep_example_of_R()
    {
        var test = TTest.Paired(Drug1, Drug2);
        test.T.Should().BeApproximately(-4.0621, 5e-5);
        test.DegreesOfFreedom.Should().Be(9);
        test.PValue.Should().BeApproximately(0.002833, 5e-7);
    }

    // Unequal sizes, by hand: variances 1 and 4, n = 3 and 5.
    [Fact]
    public void Unequal_sizes_by_hand()
    {
        double[] first = { 1, 2, 3 }, second = { 2, 6, 4, 6, 7 };
        var pooled = TTest.Pooled(first, second);
        pooled.StandardError.Should().BeApproximately(Math.Sqrt((2.0 + 16) / 6 * ((1.0 / 3) + (1.0 / 5))), 1e-14);
        var welch = TTest.Welch(first, second);
        welch.StandardError.Should().BeApproximately(Math.Sqrt((1.0 / 3) + (4.0 / 5)), 1e-14);
        welch.DegreesOfFreedom.Should().BeApproximately(
            Math.Pow((1.0 / 3) + 0.8, 2) / ((1.0 / 9 / 2) + (0.64 / 4)), 1e-12);
    }

    // With equal sizes and variances Welch's degrees of freedom are those of the common variance.
    [Fact]
    public void Welch_of_equal_variances_is_the_pooled_test()
    {
        double[] first = { 1, 2, 4 }, second = { 8, 9, 11 };
        var (welch, pooled) = (TTest.Welch(first, second), TTest.Pooled(first, second));
        welch.DegreesOfFreedom.Should().BeApproximately(4, 1e-12);
        welch.PValue.Should().BeApproximately(pooled.PValue, 1e-12);
    }

    [Fact]
    public void Samples_without_variation_are_refused_where_they_are_equal()
    {
        foreach (var test in new Func<double[], double[], TTestResult>[]
        {
            (x, y) => TTest.Pooled(x, y), (x, y) => TTest.Welch(x, y), (x, y) => TTest.Paired(x, y),
        })
        {
            ((Action)(() => test([1.0, 1], [1.0, 1]))).Should().Throw<ArgumentException>()
                .WithMessage("first and second must vary or differ*");
        }

        ((Action)(() => TTest.Paired([1.0, 2], [1.0, 2]))).Should().Throw<ArgumentException>()
            .WithMessage("first and second must vary or differ*");
        var sure = TTest.Pooled(new[] { 1.0, 1 }, new[] { 2.0, 2 });
        sure.T.Should().Be(double.NegativeInfinity);
        sure.PValue.Should().Be(0);
        sure.Interval().Should().Be(new Interval(-1, -1));
    }

    [Fact]
    public void Small_samples_are_refused_by_name()
    {
        foreach (var test in new Func<double[], double[], TTestResult>[]
        {
            (x, y) => TTest.Pooled(x, y), (x, y) => TTest.Welch(x, y), (x, y) => TTest.Paired(x, y),
        })
        {
            ((Action)(() => test(new[] { 1.0 }, Drug2))).Should().Throw<ArgumentException>().WithMessage("first *held 1*");
            ((Action)(() => test(Drug1, new[] { 1.0 }))).Should().Throw<ArgumentException>().WithMessage("second *held 1*");
        }

        ((Action)(() => TTest.Paired(Drug1, new[] { 1.0, 2 }))).Should().Throw<ArgumentException>().WithMessage("second *(10)*held 2*");
        ((Action)(() => TTest.Pooled(Drug1, Drug2).Interval(1))).Should().Throw<ArgumentException>().WithMessage("level *was 1*");
    }

    // Agresti (2007), p. 39, as in the documentation of R's chisq.test: X-squared = 30.07, df = 2, p-value = 2.954e-07.
    [Fact]
    public void Independence_gives_the_party_example_of_R()
    {
        var test = ChiSquare.Independence(new[,] { { 762, 327, 468 }, { 484, 239, 477 } });
        test.Statistic.Should().BeApproximately(30.07, 0.005);
        test.DegreesOfFreedom.Should().Be(2);
        test.PValue.Should().BeApproximately(2.954e-7, 5e-11);
    }

    // R: chisq.test(c(89, 37, 30, 28, 2), p = c(40, 20, 20, 15, 5), rescale.p = TRUE): X-squared = 9.9901, df = 4, p-value = 0.04059.
    [Fact]
    public void Goodness_of_fit_gives_the_rescaled_example_of_R()
    {
        var test = ChiSquare.GoodnessOfFit(new[] { 89, 37, 30, 28, 2 }, new[] { 40.0, 20, 20, 15, 5 });
        test.Statistic.Should().BeApproximately(9.9901, 5e-5);
        test.DegreesOfFreedom.Should().Be(4);
        test.PValue.Should().BeApproximately(0.04059, 5e-6);
        ChiSquare.GoodnessOfFit(new[] { 5, 5 }, new[] { 1.0, 1 }).Should().Be(new ChiSquareResult(0, 1, 1));
    }

    [Fact]
    public void Impossible_counts_are_named()
    {
        ((Action)(() => ChiSquare.GoodnessOfFit(new[] { 1 }, new[] { 1.0 })))
            .Should().Throw<ArgumentException>().WithMessage("observed *was 1*");
        ((Action)(() => ChiSquare.GoodnessOfFit(new[] { 1, 2 }, new[] { 1.0 })))
            .Should().Throw<ArgumentException>().WithMessage("shares *held 1*");
        ((Action)(() => ChiSquare.GoodnessOfFit(new[] { 1, -2 }, new[] { 1.0, 1 })))
            .Should().Throw<ArgumentException>().WithMessage("observed[1]*-2*");
        ((Action)(() => ChiSquare.GoodnessOfFit(new[] { 1, 2 }, new[] { 1.0, 0 })))
            .Should().Throw<ArgumentException>().WithMessage("shares[1]*0*");
        ((Action)(() => ChiSquare.GoodnessOfFit(new[] { 0, 0 }, new[] { 1.0, 1 })))
            .Should().Throw<ArgumentException>().WithMessage("observed *all 0*");
        ((Action)(() => ChiSquare.Independence(new[,] { { 1, 2 } }))).Should().Throw<ArgumentException>().WithMessage("table *1 and 2*");
        ((Action)(() => ChiSquare.Independence(new[,] { { 1 }, { 2 } })))
            .Should().Throw<ArgumentException>().WithMessage("table *2 and 1*");
        ((Action)(() => ChiSquare.Independence(new[,] { { 1, 2 }, { 0, 0 } })))
            .Should().Throw<ArgumentException>().WithMessage("table row 1*");
        ((Action)(() => ChiSquare.Independence(new[,] { { 1, 0 }, { 1, 0 } })))
            .Should().Throw<ArgumentException>().WithMessage("table column 1*");
        ((Action)(() => ChiSquare.Independence(new[,] { { 1, -1 }, { 1, 1 } })))
            .Should().Throw<ArgumentException>().WithMessage("table[0,1]*-1*");
    }

    // Holm (1979) as worked in R's p.adjust: c(0.01, 0.02, 0.03, 0.04, 0.05) gives 0.05, 0.08, 0.09, 0.09, 0.09.
    [Fact]
    public void Holm_gives_the_worked_example_in_any_order()
    {
        Close(Holm.Adjust(new[] { 0.01, 0.02, 0.03, 0.04, 0.05 }), 0.05, 0.08, 0.09, 0.09, 0.09);
        Close(Holm.Adjust(new[] { 0.05, 0.01, 0.03, 0.02, 0.04 }), 0.09, 0.05, 0.09, 0.08, 0.09);
        Close(Holm.Adjust(new[] { 0.7, 0.6 }), 1, 1);
        Close(Holm.Adjust(new[] { 0.3 }), 0.3);
    }

    [Fact]
    public void Holm_refuses_what_is_no_probability()
    {
        ((Action)(() => Holm.Adjust(Array.Empty<double>()))).Should().Throw<ArgumentException>().WithMessage("p *");
        ((Action)(() => Holm.Adjust(new[] { 0.1, 1.2 }))).Should().Throw<ArgumentException>().WithMessage("p[1]*1.2*");
        ((Action)(() => Holm.Adjust(new[] { double.NaN }))).Should().Throw<ArgumentException>().WithMessage("p[0]*NaN*");
        ((Action)(() => Holm.Adjust(null!))).Should().Throw<ArgumentNullException>();
    }

    private static void Close(double[] actual, params double[] expected)
    {
        actual.Should().HaveCount(expected.Length);
        actual.Zip(expected).Should().AllSatisfy(pair => pair.First.Should().BeApproximately(pair.Second, 1e-15));
    }
}

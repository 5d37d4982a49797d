using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class TwoSampleTests
{
    // Newcombe (1998), Interval estimation for the difference between independent proportions, Table II, method 10.
    [Theory]
    [InlineData(56, 70, 48, 80, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.1705, 0.8090)]
    [InlineData(6, 7, 2, 7, 0.0582, 0.8062)]
    [InlineData(5, 56, 0, 29, -0.0381, 0.1926)]
    [InlineData(0, 10, 0, 20, -0.1611, 0.2775)]
    [InlineData(0, 10, 0, 10, -0.2775, 0.2775)]
    [InlineData(10, 10, 0, 20, 0.6791, 1.0)]
    [InlineData(10, 10, 0, 10, 0.6075, 1.0)]
    public void Newcombe_gives_the_published_examples(int k1, int n1, int k2, int n2, double lower, double upper)
    {
        var interval = TwoProportions.Newcombe(k1, n1, k2, n2);
        interval.Lower.Should().BeApproximately(lower, 5.1e-5);
        interval.Upper.Should().BeApproximately(upper, 5.1e-5);
    }

    [Fact]
    public void Newcombe_from_rates_equals_Newcombe_from_counts()
    {
        var rates = TwoProportions.NewcombeFromRates(0.8, 70, 0.6, 80, 0.9);
        var counts = TwoProportions.Newcombe(56, 70, 48, 80, 0.9);
        rates.Lower.Should().BeApproximately(counts.Lower, 1e-14);
        rates.Upper.Should().BeApproximately(counts.Upper, 1e-14);
    }

    // By hand: common share 104/150, difference 0.2.
    [Fact]
    public void Z_test_pooled_and_unpooled_follow_their_formulas()
    {
        var pooled = TwoProportions.ZTest(56, 70, 48, 80);
        var common = 104.0 / 150;
        pooled.Difference.Should().BeApproximately(0.2, 1e-15);
        pooled.Z.Should().BeApproximately(0.2 / Math.Sqrt(common * (1 - common) * ((1.0 / 70) + (1.0 / 80))), 1e-12);

        var unpooled = TwoProportions.ZTest(56, 70, 48, 80, pooled: false);
        unpooled.StandardError.Should().BeApproximately(Math.Sqrt((0.16 / 70) + (0.24 / 80)), 1e-14);
        unpooled.Z.Should().BeApproximately(0.2 / unpooled.StandardError, 1e-12);
        TwoProportions.ZTestFromRates(0.8, 70, 0.6, 80).Z.Should().BeApproximately(pooled.Z, 1e-12);
        TwoProportions.ZTestFromRates(0.8, 70, 0.6, 80, pooled: false).Z.Should().BeApproximately(unpooled.Z, 1e-12);
    }

    // The square of the pooled z is the chi-squared statistic of the two-by-two table.
    [Fact]
    public void Z_test_agrees_with_chi_squared()
    {
        var z = TwoProportions.ZTest(56, 70, 48, 80);
        var chi = ChiSquare.Independence(new[,] { { 56, 14 }, { 48, 32 } });
        (z.Z * z.Z).Should().BeApproximately(chi.Statistic, 1e-10);
        z.PValue.Should().BeApproximately(chi.PValue, 1e-12);
    }

    [Fact]
    public void Z_test_without_variation_has_a_defined_result()
    {
        TwoProportions.ZTest(0, 5, 0, 7).Should().Be(new ZTestResult(0, 0, 0, 1));
        var sure = TwoProportions.ZTest(5, 5, 0, 7, pooled: false);
        sure.Z.Should().Be(double.PositiveInfinity);
        sure.PValue.Should().Be(0);
        TwoProportions.ZTest(0, 5, 7, 7, pooled: false).Z.Should().Be(double.NegativeInfinity);
    }

    // Standard normal table: 1.959963985 leaves 0.025 in each tail.
    [Fact]
    public void P_of_z_is_the_two_sided_normal_tail() =>
        new[] { 1.959963984540054, -1.959963984540054 }.Select(Distributions.NormalTwoSided).Should()
            .AllSatisfy(p => p.Should().BeApproximately(0.05, 1e-12));

    // Expected values from exact rational arithmetic; (3,1,1,3) is Fisher's tea tasting, (2,10,15,3) the twin convictions.
    [Theory]
    [InlineData(3, 1, 1, 3, 0.4857142857142857)]
    [InlineData(2, 10, 15, 3, 0.0005367241191434358)]
    [InlineData(8, 2, 1, 5, 0.03496503496503497)]
    [InlineData(0, 5, 5, 0, 0.007936507936507936)]
    [InlineData(10, 0, 0, 0, 1.0)]
    [InlineData(30, 12, 18, 40, 9.820214841609635e-05)]
    public void Fisher_equals_the_exact_sum(int a, int b, int c, int d, double expected) =>
        FisherExact.TwoSided(a, b, c, d).Should().BeApproximately(expected, 1e-12);

    [Fact]
    public void Fisher_refuses_negative_counts_and_an_empty_table()
    {
        ((Action)(() => FisherExact.TwoSided(-1, 0, 0, 1))).Should().Throw<ArgumentException>().WithMessage("a *was -1*");
        ((Action)(() => FisherExact.TwoSided(1, -2, 0, 1))).Should().Throw<ArgumentException>().WithMessage("b *was -2*");
        ((Action)(() => FisherExact.TwoSided(1, 0, -3, 1))).Should().Throw<ArgumentException>().WithMessage("c *was -3*");
        ((Action)(() => FisherExact.TwoSided(1, 0, 0, -4))).Should().Throw<ArgumentException>().WithMessage("d *was -4*");
        ((Action)(() => FisherExact.TwoSided(0, 0, 0, 0))).Should().Throw<ArgumentException>().WithMessage("*was 0*");
        ((Action)(() => FisherExact.TwoSided(int.MaxValue, 1, 0, 0))).Should().Throw<ArgumentException>().WithMessage("*was 2147483648*");
    }

    // By hand: P = 2 * (C(10,0) + C(10,1)) / 2^10.
    [Fact]
    public void McNemar_and_the_sign_test_are_binomial()
    {
        McNemar.Exact(1, 9).Should().BeApproximately(22.0 / 1024, 1e-14);
        McNemar.Exact(9, 1).Should().BeApproximately(22.0 / 1024, 1e-14);
        SignTest.TwoSided(11, 1).Should().BeApproximately(26.0 / 4096, 1e-14);
        McNemar.Exact(0, 0).Should().Be(1);
        SignTest.TwoSided(0, 0).Should().Be(1);
        ((Action)(() => McNemar.Exact(-1, 2))).Should().Throw<ArgumentException>().WithMessage("b *was -1*");
        ((Action)(() => McNemar.Exact(1, -2))).Should().Throw<ArgumentException>().WithMessage("c *was -2*");
        ((Action)(() => SignTest.TwoSided(-1, 2))).Should().Throw<ArgumentException>().WithMessage("plus *was -1*");
        ((Action)(() => SignTest.TwoSided(1, -2))).Should().Throw<ArgumentException>().WithMessage("minus *was -2*");
    }

    [Theory]
    [InlineData(3, 2, 1, 2, "k1")]
    [InlineData(1, 0, 1, 2, "n1")]
    [InlineData(1, 2, -1, 2, "k2")]
    [InlineData(1, 2, 1, -2, "n2")]
    public void Impossible_counts_are_named(int k1, int n1, int k2, int n2, string name)
    {
        ((Action)(() => TwoProportions.Newcombe(k1, n1, k2, n2))).Should().Throw<ArgumentException>().Which.ParamName.Should().Be(name);
        ((Action)(() => TwoProportions.ZTest(k1, n1, k2, n2))).Should().Throw<ArgumentException>().Which.ParamName.Should().Be(name);
    }

    [Theory]
    [InlineData(1.1, 2, 0.5, 2, "p1")]
    [InlineData(0.1, 0, 0.5, 2, "n1")]
    [InlineData(0.1, 2, double.NaN, 2, "p2")]
    [InlineData(0.1, 2, 0.5, 0, "n2")]
    public void Impossible_rates_are_named(double p1, int n1, double p2, int n2, string name)
    {
        ((Action)(() => TwoProportions.NewcombeFromRates(p1, n1, p2, n2))).Should().Throw<ArgumentException>().Which.ParamName
            .Should().Be(name);
        ((Action)(() => TwoProportions.ZTestFromRates(p1, n1, p2, n2))).Should().Throw<ArgumentException>().Which.ParamName
            .Should().Be(name);
        ((Action)(() => TwoProportions.Newcombe(1, 2, 1, 2, 0))).Should().Throw<ArgumentException>().WithMessage("level *was 0*");
        ((Action)(() => TwoProportions.NewcombeFromRates(0.5, 2, 0.5, 2, 1)))
            .Should().Throw<ArgumentException>().WithMessage("level *was 1*");
    }
}

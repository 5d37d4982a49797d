using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class DependentCorrelationsTests
{
    // Meng, Rosenthal and Rubin (1992), first example: r = 0.63 and -0.03, between the two -0.19, n = 15.
    [Fact]
    public void Published_example_is_met()
    {
        var result = DependentCorrelations.Compare(0.63, -0.03, -0.19, 15);

        result.Difference.Should().BeApproximately(Math.Atanh(0.63) + Math.Atanh(0.03), 1e-12);
        (result.Difference / ((result.Upper - result.Lower) / (2 * 1.959963984540054))).Should().BeApproximately(1.68, 0.01);
        result.PValue.Should().BeApproximately(0.093, 0.002);
    }

    [Fact]
    public void Tied_correlations_do_not_differ()
    {
        var result = DependentCorrelations.Compare(0.3, 0.3, 0.5, 100);

        result.Difference.Should().Be(0);
        result.PValue.Should().Be(1);
        result.Lower.Should().BeApproximately(-result.Upper, 1e-12);
    }

    [Fact]
    public void More_observations_narrow_the_interval() =>
        DependentCorrelations.Compare(0.4, 0.2, 0.5, 1000).Upper
            .Should().BeLessThan(DependentCorrelations.Compare(0.4, 0.2, 0.5, 100).Upper);

    [Theory]
    [InlineData(1, 0.2, 0.3, 10)]
    [InlineData(0.1, double.NaN, 0.3, 10)]
    [InlineData(0.1, 0.2, -1, 10)]
    [InlineData(0.1, 0.2, 0.3, 3)]
    public void Impossible_arguments_are_refused(double first, double second, double between, int n) =>
        FluentActions.Invoking(() => DependentCorrelations.Compare(first, second, between, n)).Should().Throw<ArgumentException>();
}

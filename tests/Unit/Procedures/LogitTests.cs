using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class LogitTests
{
    [Fact]
    public void The_logit_inverts_the_logistic_function()
    {
        Logit.Compute(0.5).Should().Be(0);
        Logit.Compute(1 / (1 + Math.Exp(-1.5))).Should().BeApproximately(1.5, 1e-12);
        Logit.Compute(0.2).Should().BeApproximately(-Logit.Compute(0.8), 1e-12);
    }

    [Fact]
    public void The_slope_is_least_in_the_middle()
    {
        Logit.Slope(0.5).Should().Be(4);
        Logit.Slope(0.1).Should().BeGreaterThan(4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Certainty_has_no_logit(double p)
    {
        var of = () => Logit.Compute(p);
        var slope = () => Logit.Slope(p);
        of.Should().Throw<ArgumentOutOfRangeException>();
        slope.Should().Throw<ArgumentOutOfRangeException>();
    }
}

using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class SmallFractionsTests
{
    [Theory]
    [InlineData(1 / 3.0, 3, true)]
    [InlineData(5 / 12.0, 12, true)]
    [InlineData(5 / 12.0, 11, false)]
    [InlineData(0, 1, true)]
    [InlineData(0.3333, 60, false)]
    public void Fractions_are_recognised(double value, int largest, bool matches) =>
        SmallFractions.Matches(value, largest).Should().Be(matches);

    [Fact]
    public void Chance_counts_different_fractions_once() =>
        SmallFractions.ChanceShare(0, 1, 2, 0.01).Should().BeApproximately(3 * 0.02, 1e-12);

    [Fact]
    public void An_empty_interval_is_refused() =>
        FluentActions.Invoking(() => SmallFractions.ChanceShare(1, 1, 2)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void No_denominator_is_refused() =>
        FluentActions.Invoking(() => SmallFractions.Matches(0.5, 0)).Should().Throw<ArgumentOutOfRangeException>();
}

using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class BFloat16GridTests
{
    [Theory]
    [InlineData(0.68359375)]
    [InlineData(0.25)]
    [InlineData(1)]
    [InlineData(0.001953125)]
    public void A_bfloat16_number_is_its_own_neighbour(double value) => BFloat16Grid.Nearest(value).Should().Be(value);

    [Fact]
    public void Neighbours_are_one_unit_of_eight_bits_apart() => BFloat16Grid.Nearest(0.6845).Should().Be(0.68359375);

    [Theory]
    [InlineData(0.6836, 4, true)]
    [InlineData(0.6837, 4, false)]
    [InlineData(0.2031, 4, true)]
    [InlineData(0.2032, 4, false)]
    public void Printed_numbers_are_recognised(double value, int decimals, bool holds) =>
        BFloat16Grid.Holds(value, decimals).Should().Be(holds);

    [Fact]
    public void Chance_is_the_printed_unit_over_the_spacing() =>
        BFloat16Grid.ChanceShare(0.6836, 4).Should().BeApproximately(0.0001 * 256, 1e-15);

    [Fact]
    public void Coarse_printing_says_nothing() => BFloat16Grid.ChanceShare(0.7, 1).Should().Be(1);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Other_numbers_are_refused(double value) =>
        FluentActions.Invoking(() => BFloat16Grid.Nearest(value)).Should().Throw<ArgumentOutOfRangeException>();
}

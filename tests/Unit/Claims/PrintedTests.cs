using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

public sealed class PrintedTests
{
    [Theory]
    [InlineData("66", 66, 0)]
    [InlineData("4.90%", 4.90, 2)]
    [InlineData("-0.5", -0.5, 1)]
    [InlineData(".5", 0.5, 1)]
    [InlineData("−0.5", -0.5, 1)]
    [InlineData("1e-4", 1e-4, 4)]
    [InlineData("1.5e-4", 1.5e-4, 5)]
    [InlineData("2e3", 2000, 0)]
    [InlineData("0.139200", 0.1392, 6)]
    [InlineData(" 4.90 % ", 4.90, 2)]
    public void Keeps_value_and_printed_places(string text, double value, int decimals)
    {
        var printed = new Printed("key", text, new UsageLog(), "here");
        printed.AsInput().Should().Be(value);
        printed.Decimals.Should().Be(decimals);
    }

    [Theory]
    [InlineData("66%", 0.66, 0.5)]
    [InlineData("4.90%", 0.049, 0.005)]
    public void A_percentage_is_a_rate_and_keeps_half_a_unit_of_its_last_place(string text, double rate, double half)
    {
        var printed = new Printed("key", text, new UsageLog(), "here");
        printed.AsRateInput().Should().BeApproximately(rate, 1e-15);
        printed.HalfUnit.Should().BeApproximately(half, 1e-15);
    }

    [Theory]
    [InlineData("about 10")]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("66 %%")]
    [InlineData("66%%")]
    [InlineData("%66")]
    [InlineData("%")]
    [InlineData("66%.")]
    [InlineData("66.")]
    [InlineData(".")]
    [InlineData("6 6")]
    [InlineData("66% 34%")]
    [InlineData("66/34")]
    [InlineData("66,5")]
    [InlineData("1,000")]
    [InlineData("1_000")]
    [InlineData("(66)")]
    [InlineData("- 66")]
    [InlineData("--66")]
    [InlineData("−-66")]
    [InlineData("66-")]
    [InlineData("6.6.6")]
    [InlineData("1e")]
    [InlineData("1e-")]
    [InlineData("1e-4e-4")]
    [InlineData("1e999")]
    [InlineData("1e-99999999999")]
    [InlineData("0x42")]
    [InlineData("٦٦")]
    [InlineData("66*")]
    public void Refuses_what_is_no_number(string text)
    {
        var make = () => new Printed("key", text, new UsageLog(), "table.yaml:7");
        make.Should().Throw<ReproException>().WithMessage($"table.yaml:7: '{text}' is not a number*");
    }
}

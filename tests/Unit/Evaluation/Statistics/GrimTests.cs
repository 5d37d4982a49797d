using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class GrimTests
{
    // Brown and Heathers (2017): a mean of 5.19 from 28 whole numbers is impossible; 145/28 = 5.18 and 146/28 = 5.21 are its neighbours.
    [Theory]
    [InlineData("5.19", 28, false)]
    [InlineData("5.18", 28, true)]
    [InlineData("5.21", 28, true)]
    [InlineData("0.5", 1, false)]
    [InlineData("0.5", 2, true)]
    [InlineData("0", 7, true)]
    [InlineData("1", 7, true)]
    [InlineData("1.00", 7, true)]
    [InlineData("0.333", 3, true)]
    [InlineData("0.334", 3, false)]
    [InlineData("0.33", 3, true)]
    [InlineData(".5", 4, true)]
    [InlineData(" 0.25 ", 4, true)]
    public void Known_means(string printed, int n, bool expected) => Grim.IsAttainable(printed, n, GrimScale.Mean).Should().Be(expected);

    // 1/8 = 0.125 lies halfway: up gives 0.13, the even digit is 0.12. 3/8 = 0.375 gives 0.38 by both.
    [Theory]
    [InlineData("0.13", GrimRounding.HalfUp, true)]
    [InlineData("0.13", GrimRounding.HalfEven, false)]
    [InlineData("0.13", GrimRounding.Either, true)]
    [InlineData("0.12", GrimRounding.HalfUp, false)]
    [InlineData("0.12", GrimRounding.HalfEven, true)]
    [InlineData("0.12", GrimRounding.Either, true)]
    [InlineData("0.38", GrimRounding.HalfUp, true)]
    [InlineData("0.38", GrimRounding.HalfEven, true)]
    [InlineData("0.38", GrimRounding.Either, true)]
    [InlineData("0.37", GrimRounding.HalfUp, false)]
    [InlineData("0.37", GrimRounding.HalfEven, false)]
    [InlineData("0.37", GrimRounding.Either, false)]
    public void Halves_follow_the_rounding_rule(string printed, GrimRounding rounding, bool expected) =>
        Grim.IsAttainable(printed, 8, GrimScale.Proportion, rounding).Should().Be(expected);

    [Theory]
    [InlineData("0.00", 200, new[] { 0, 1 }, GrimRounding.Either)]
    [InlineData("0.00", 200, new[] { 0 }, GrimRounding.HalfUp)]
    [InlineData("0.01", 200, new[] { 1, 2 }, GrimRounding.HalfUp)]
    [InlineData("0.01", 200, new[] { 2 }, GrimRounding.HalfEven)]
    [InlineData("0.02", 200, new[] { 3, 4, 5 }, GrimRounding.HalfEven)]
    [InlineData("0.5", 1000, null, GrimRounding.Either)]
    public void Numerators_are_all_whole_numbers_that_round_to_the_share(string printed, int n, int[]? expected, GrimRounding rounding) =>
        Grim.Numerators(printed, n, GrimScale.Proportion, rounding).Should().Equal(expected ?? Enumerable.Range(450, 100).ToArray());

    [Fact]
    public void Percent_scales_and_percent_signs_are_understood()
    {
        Grim.IsAttainable("66", 100, GrimScale.Percent).Should().BeTrue();
        Grim.IsAttainable("66.5", 100, GrimScale.Percent).Should().BeFalse();
        Grim.IsAttainable("66.5%", 200).Should().BeTrue();
        Grim.IsAttainable("66.5 %", 100).Should().BeFalse();
        Grim.IsAttainable("66.67", 3, GrimScale.Percent).Should().BeTrue();
        Grim.IsAttainable("66.66", 3, GrimScale.Percent).Should().BeFalse();
        Grim.IsAttainable(66.67, 2, 3, GrimScale.Percent).Should().BeTrue();
    }

    [Fact]
    public void A_number_with_stated_decimals_equals_its_text()
    {
        Grim.IsAttainable(0.794, 4, 1319).Should().Be(Grim.IsAttainable("0.7940", 1319));
        Grim.IsAttainable(0.29, 2, 100).Should().BeTrue();
        Grim.IsAttainable(0.1 + 0.2, 1, 10).Should().BeTrue();
        ((Action)(() => Grim.IsAttainable(0.7945, 2, 10))).Should().Throw<ArgumentException>().WithMessage("value *2 decimals*0.7945*");
        ((Action)(() => Grim.IsAttainable(-0.1, 2, 10))).Should().Throw<ArgumentException>().WithMessage("value *was -0.1*");
        ((Action)(() => Grim.IsAttainable(double.NaN, 2, 10))).Should().Throw<ArgumentException>().WithMessage("value *NaN*");
        ((Action)(() => Grim.IsAttainable(0.1, 16, 10))).Should().Throw<ArgumentException>().WithMessage("decimals *was 16*");
        ((Action)(() => Grim.IsAttainable(0.1, -1, 10))).Should().Throw<ArgumentException>().WithMessage("decimals *was -1*");
    }

    // ADR-T1-GRIM-HUMANEVAL in small: 0.3049 = 50/164, and 0.3063 = 49/160 is no share of 164.
    [Fact]
    public void Sizes_in_a_range()
    {
        Grim.AttainableSizes(0.5, 1, 1, 4).Should().Equal(2, 4);
        Grim.AttainableSizes(0.3063, 4, 160, 164).Should().Equal(160);
        Grim.AttainableSizes(new[] { "0.25", "0.5", "0.33" }, 1, 24).Should().Contain(12).And.NotContain(6);
        Grim.AttainableSizes(50, 0, 1, 2, GrimScale.Percent).Should().Equal(2);
        ((Action)(() => Grim.AttainableSizes(0.5, 1, 0, 4))).Should().Throw<ArgumentException>().WithMessage("from *was 0*");
        ((Action)(() => Grim.AttainableSizes(0.5, 1, 5, 4))).Should().Throw<ArgumentException>().WithMessage("to *was 4*");
        ((Action)(() => Grim.AttainableSizes(Array.Empty<string>(), 1, 4))).Should().Throw<ArgumentException>().WithMessage("printed *");
    }

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData(".")]
    [InlineData("-0.5")]
    [InlineData("1e-3")]
    [InlineData("0,5")]
    [InlineData("0.5.1")]
    [InlineData("NaN")]
    [InlineData("0.1234567890123456")]
    public void Text_that_is_no_plain_number_is_refused(string printed) =>
        ((Action)(() => Grim.IsAttainable(printed, 10))).Should().Throw<ArgumentException>().WithMessage($"printed *'{printed}'*");

    [Fact]
    public void Impossible_sizes_and_options_are_named()
    {
        ((Action)(() => Grim.IsAttainable("0.5", 0))).Should().Throw<ArgumentException>().WithMessage("n *was 0*");
        ((Action)(() => Grim.IsAttainable(null!, 1))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Grim.IsAttainable("0.5", 1, (GrimScale)7))).Should().Throw<ArgumentException>().WithMessage("scale *was 7*");
        ((Action)(() => Grim.IsAttainable("0.5", 1, GrimScale.Percent, (GrimRounding)7))).Should().Throw<ArgumentException>()
            .WithMessage("rounding *was 7*");
    }
}

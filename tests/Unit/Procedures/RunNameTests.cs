using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class RunNameTests
{
    private const string Run = "bs16_kl_002_clip_04_512_max_token_with_pad_eos_lr_141e5";

    [Theory]
    [InlineData(Run, "bs", 16)]
    [InlineData("ranking_bs64_ep_1_8bit", "ep", 1)]
    public void Whole_numbers_follow_their_tag(string name, string tag, int expected) => RunName.Integer(name, tag).Should().Be(expected);

    [Theory]
    [InlineData(Run, "kl", 0.02)]
    [InlineData(Run, "clip", 0.4)]
    [InlineData("logistic_s_075_augment", "s", 0.75)]
    [InlineData("wgt_s_0", "s", 0)]
    public void Decimals_are_written_without_their_point(string name, string tag, double expected) =>
        RunName.Fraction(name, tag).Should().BeApproximately(expected, 1e-15);

    [Theory]
    [InlineData("", "kl")]
    [InlineData("kl_002_kl_015", "kl")]
    [InlineData("skl_002", "kl")]
    public void A_missing_or_repeated_tag_is_named(string name, string tag)
    {
        var read = () => RunName.Fraction(name, tag);
        read.Should().Throw<ReproException>().WithMessage($"run name '{name}': expected the tag '{tag}' once, found *");
    }

    [Fact]
    public void A_whole_number_is_no_decimal()
    {
        var read = () => RunName.Fraction(Run, "bs");
        read.Should().Throw<ReproException>().WithMessage("*'bs' is followed by 16, expected a number that starts with 0");
    }
}

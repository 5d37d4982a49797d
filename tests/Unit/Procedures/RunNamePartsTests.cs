using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class RunNamePartsTests
{
    [Fact]
    public void Differing_parts_are_named_by_the_part_before() =>
        RunNameParts.Differences("bs16_kl_002_lr_1e5", "bs16_kl_015_lr_1e5").Should().Equal(("kl", "002", "015"));

    [Fact]
    public void A_first_part_has_no_name() => RunNameParts.Differences("a_x", "b_x").Should().Equal((string.Empty, "a", "b"));

    [Theory]
    [InlineData("")]
    [InlineData("kl_002")]
    public void Equal_names_do_not_differ(string name) => RunNameParts.Differences(name, name).Should().BeEmpty();

    [Fact]
    public void Names_of_different_kinds_are_refused() =>
        FluentActions.Invoking(() => RunNameParts.Differences("a_b", "a")).Should().Throw<ReproException>()
            .WithMessage("*have 2 and 1 parts*");
}

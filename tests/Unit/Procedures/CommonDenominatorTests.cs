using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class CommonDenominatorTests
{
    [Fact]
    public void Smallest_number_that_fits_all_is_found() => CommonDenominator.Smallest([0.5, 1 / 3.0, 0.25], 100).Should().Be(12);

    [Fact]
    public void Equal_shares_need_only_their_own_number() => CommonDenominator.Smallest([2 / 7.0, 2 / 7.0], 100).Should().Be(7);

    [Fact]
    public void Certainty_needs_one_case() => CommonDenominator.Smallest([1, 0], 100).Should().Be(1);

    [Fact]
    public void Nothing_fits_below_the_limit() => CommonDenominator.Smallest([1 / 101.0], 100).Should().BeNull();

    [Fact]
    public void No_share_is_refused() =>
        FluentActions.Invoking(() => CommonDenominator.Smallest([], 100))
            .Should().Throw<ArgumentException>().WithMessage("*at least one share*");
}

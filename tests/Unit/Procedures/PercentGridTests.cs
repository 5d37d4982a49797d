using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class PercentGridTests
{
    [Theory]
    [InlineData(60, 25, 15)]
    [InlineData(0, 25, 0)]
    [InlineData(100, 3, 3)]
    [InlineData(12.5, 8, 1)]
    public void Whole_counts_are_found(double percent, int prompts, int count) => PercentGrid.Count(percent, prompts).Should().Be(count);

    [Theory]
    [InlineData(61, 25)]
    [InlineData(33, 3)]
    [InlineData(104, 25)]
    [InlineData(-4, 25)]
    public void Other_shares_have_no_count(double percent, int prompts) => PercentGrid.Count(percent, prompts).Should().BeNull();

    [Fact]
    public void No_prompt_is_refused() =>
        FluentActions.Invoking(() => PercentGrid.Count(50, 0)).Should().Throw<ArgumentOutOfRangeException>();
}

using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class WeightedMeanTests
{
    [Fact]
    public void Groups_count_by_their_size() => WeightedMean.Compute([1, 4], [3, 1]).Should().Be(1.75);

    [Fact]
    public void Equal_means_give_that_mean() => WeightedMean.Compute([2, 2, 2], [1, 5, 7]).Should().Be(2);

    [Fact]
    public void An_empty_group_has_no_influence() => WeightedMean.Compute([double.NaN, 2], [0, 4]).Should().Be(2);

    [Fact]
    public void Without_rows_there_is_no_mean()
    {
        var none = () => WeightedMean.Compute([], []);
        var zero = () => WeightedMean.Compute([1], [0]);
        var negative = () => WeightedMean.Compute([1, 1], [-1, 3]);
        var unequal = () => WeightedMean.Compute([1], [1, 2]);
        none.Should().Throw<ArgumentException>();
        zero.Should().Throw<ArgumentException>();
        negative.Should().Throw<ArgumentException>();
        unequal.Should().Throw<ArgumentException>().WithMessage("*got 1 means and sizes 1, 2*");
    }
}

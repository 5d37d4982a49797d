using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class ScoreOrderTests
{
    [Fact]
    public void Falling_scores_are_in_full_order()
    {
        var order = ScoreOrder.From([4, 3, 2, 1]);

        order.IsFull.Should().BeTrue();
        order.Pairs.Should().Be(6);
        order.ChanceOfAtLeast(4).Should().BeApproximately(1 / 24.0, 1e-15);
    }

    [Fact]
    public void A_swapped_pair_is_named()
    {
        var order = ScoreOrder.From([4, 2, 3, 1]);

        order.Correct.Should().Be(5);
        order.Swapped.Should().Equal((1, 2));
        order.ChanceOfAtLeast(4).Should().BeApproximately(4 / 24.0, 1e-15);
    }

    [Fact]
    public void Tied_scores_count_as_wrong()
    {
        var order = ScoreOrder.From([1, 1, 1]);

        order.Correct.Should().Be(0);
        order.ChanceOfAtLeast(3).Should().BeApproximately(1, 1e-15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Without_pairs_nothing_is_out_of_order(int items)
    {
        var order = ScoreOrder.From(new double[items]);

        order.Should().BeEquivalentTo(new { Pairs = 0, Correct = 0, IsFull = true });
        order.ChanceOfAtLeast(items).Should().Be(1);
    }
}

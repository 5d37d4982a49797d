using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class IntendedOrderTests
{
    [Fact]
    public void Pairs_are_counted_where_the_better_reply_scores_higher()
    {
        IntendedOrder.Count([0.9, 0.5, 0.1]).Should().Be((3, 3));
        IntendedOrder.Count([0.1, 0.5, 0.9]).Should().Be((0, 3));
        IntendedOrder.Count([0.9, 0.1, 0.5]).Should().Be((2, 3));
    }

    [Fact]
    public void A_tie_is_not_ordered()
    {
        IntendedOrder.Count([0.5, 0.5]).Should().Be((0, 1));
        IntendedOrder.Holds([0.9, 0.5, 0.5]).Should().BeFalse();
    }

    [Fact]
    public void Without_a_pair_the_order_holds()
    {
        IntendedOrder.Count([]).Should().Be((0, 0));
        IntendedOrder.Holds([0.3]).Should().BeTrue();
    }
}

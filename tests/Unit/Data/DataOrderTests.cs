using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Data;

public sealed class DataOrderTests
{
    [Fact]
    public void The_order_of_a_seed_never_changes() =>
        // Computed by a separate implementation of the generator.
        Permutation.Draw(10, 90, 1).Should().Equal(2, 4, 0, 1, 3, 8, 9, 7, 5, 6);

    [Fact]
    public void Steps_cover_each_epoch_once_and_the_last_one_may_be_short()
    {
        var order = new DataOrder(10, 4, epoch => epoch);
        order.StepsPerEpoch.Should().Be(3);
        Enumerable.Range(0, 3).SelectMany(step => order.Of(step)).Should().Equal(Permutation.Draw(10, 0));
        Enumerable.Range(3, 3).SelectMany(step => order.Of(step)).Should().Equal(Permutation.Draw(10, 1));
        order.Of(2).Should().HaveCount(2);
    }

    [Fact]
    public void Short_steps_are_dropped_on_request()
    {
        var order = new DataOrder(10, 4, epoch => epoch, dropLast: true);
        order.StepsPerEpoch.Should().Be(2);
        order.Of(1).Should().Equal(Permutation.Draw(10, 0)[4..8]);
        order.Of(2).Should().Equal(Permutation.Draw(10, 1)[..4]);
        FluentActions.Invoking(() => new DataOrder(3, 4, epoch => epoch, dropLast: true)).Should().Throw<ReproException>()
            .WithMessage("the data have 3 rows; one step takes 4, and steps with fewer are dropped.");
    }

    [Fact]
    public void A_step_does_not_depend_on_those_before_it()
    {
        var straight = new DataOrder(7, 2, epoch => epoch + 5);
        var all = Enumerable.Range(0, 40).Select(step => straight.Of(step)).ToList();
        var jumping = new DataOrder(7, 2, epoch => epoch + 5);
        foreach (var step in Permutation.Draw(40, 3))
        {
            jumping.Of(step).Should().Equal(all[step]);
        }
    }
}

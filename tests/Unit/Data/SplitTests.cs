using System.Globalization;
using Repro.Core;
using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class SplitTests
{
    [Fact]
    public void The_share_is_counted_in_groups_and_rounded_down()
    {
        var names = Enumerable.Range(0, 119).Select(i => Invariant($"tree {i}")).ToList();
        SplitPlan.Create(names, new SplitSettings { HeldOut = 0.05 }).HeldOut.Should().Be(5);
        SplitPlan.Create(names.Take(100), new SplitSettings { HeldOut = 0.05 }).HeldOut.Should().Be(5);
        SplitPlan.Create(names.Take(99), new SplitSettings { HeldOut = 0.05 }).HeldOut.Should().Be(4);
        SplitPlan.Create(names, new SplitSettings()).HeldOut.Should().Be(0);
        SplitPlan.Create(names.Concat(names), new SplitSettings { HeldOut = 0.05 }).Groups.Should().Be(119);
    }

    [Fact]
    public void The_choice_of_a_seed_never_changes()
    {
        // The five smallest of SHA-256(seed as 8 bytes, little end first, then the name), read as numbers from their first 8 bytes;
        // computed in Python.
        var plan = SplitPlan.Create(
            Enumerable.Range(0, 100).Select(i => Invariant($"tree {i}")), new SplitSettings { HeldOut = 0.05, Seed = 90 });
        Enumerable.Range(0, 100).Where(i => plan.Holds(Invariant($"tree {i}"))).Should().Equal(26, 52, 53, 92, 95);
    }

    [Fact]
    public void Rows_beyond_the_most_are_used_for_nothing()
    {
        var rows = Rows(200);
        var whole = GroupSplit.Split(rows, new SplitSettings { HeldOut = 0.25, Seed = 3 });
        var capped = GroupSplit.Split(rows, new SplitSettings { HeldOut = 0.25, Seed = 3, MaximumHeldOut = 10 });
        whole.HeldOut.Should().HaveCount(50);
        whole.Unused.Should().Be(0);
        capped.HeldOut.Should().HaveCount(10).And.BeSubsetOf(whole.HeldOut);
        capped.HeldOut.Select(row => int.Parse(row.Origin.Item, CultureInfo.InvariantCulture)).Should().BeInAscendingOrder();
        capped.Unused.Should().Be(40);
        capped.Train.Should().Equal(whole.Train);
    }

    [Fact]
    public void A_share_that_makes_no_sense_is_an_error()
    {
        FluentActions.Invoking(() => GroupSplit.Split(Rows(10), new SplitSettings { HeldOut = 1 }))
            .Should().Throw<ReproException>().WithMessage("a share of 1 cannot be held out*");
        FluentActions.Invoking(() => GroupSplit.Split(Rows(10), new SplitSettings { HeldOut = double.NaN }))
            .Should().Throw<ReproException>();
        FluentActions.Invoking(() => GroupSplit.Split(Rows(10), new SplitSettings { HeldOut = 0.05 }))
            .Should().Throw<ReproException>().WithMessage("a share of 0.05 of 10 groups holds out nothing*");
    }

    [Fact]
    public void A_subset_is_the_beginning_of_a_shuffle()
    {
        var rows = Enumerable.Range(0, 1000).ToList();
        var tenth = Subset.Draw(rows, 0.1, 90);
        tenth.Should().HaveCount(100);
        Subset.Draw(rows, 0.375, 90).Take(100).Should().Equal(tenth);
        Subset.Draw(rows, 0.375, 90).Should().HaveCount(375);
        Subset.Draw(rows, 1, 90).Order().Should().Equal(rows);
        FluentActions.Invoking(() => Subset.Draw(rows, 0, 1)).Should().Throw<ReproException>();
        FluentActions.Invoking(() => Subset.Draw(rows.Take(5).ToList(), 0.1, 1))
            .Should().Throw<ReproException>().WithMessage("a share of 0.1 of 5 rows keeps nothing.");
    }

    private static List<PromptOnly> Rows(int count) =>
    [
        .. Enumerable.Range(0, count)
            .Select(i => new PromptOnly(new("s", Invariant($"g{i}"), i.ToString(CultureInfo.InvariantCulture)), [])),
    ];
}

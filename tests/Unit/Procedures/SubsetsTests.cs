using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class SubsetsTests
{
    private static readonly Dictionary<string, string> Groups = new() { ["p0"] = "x", ["p1"] = "x", ["p2"] = "y", ["p3"] = "z" };

    [Fact]
    public void Counts_wins_in_each_group_that_is_judged()
    {
        var counts = Subsets.Count(Judgement.Rows(1, 2, 2), "a", Groups);
        counts.Should().HaveCount(2);
        counts["x"].Should().Be((1, 2));
        counts["y"].Should().Be((0, 1));
    }

    [Fact]
    public void A_tied_group_has_as_many_wins_as_losses() => Subsets.Count(Judgement.Rows(1, 2), "b", Groups)["x"].Should().Be((1, 2));

    [Fact]
    public void An_unknown_prompt_is_named()
    {
        var count = () => Subsets.Count([Judgement.Row("p9", 1)], "a", Groups);
        count.Should().Throw<ReproException>().WithMessage("*p9*");
    }

    [Fact]
    public void No_judgement_is_refused()
    {
        var count = () => Subsets.Count([], "a", Groups);
        count.Should().Throw<ReproException>();
    }

    [Fact]
    public void Pools_counts_and_nothing()
    {
        Subsets.Pool([(1, 2), (3, 4)]).Should().Be((4, 6));
        Subsets.Pool([]).Should().Be((0, 0));
    }
}

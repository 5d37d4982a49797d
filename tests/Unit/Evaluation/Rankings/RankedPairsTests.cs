using Repro.Core.Evaluation.Rankings;
using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Evaluation.Rankings;

public class RankedPairsTests
{
    // CRS Table 9: the merged ranking puts response 3 first, then 1, then 2.
    private static readonly string[][] Table9 = { ["r2", "r1", "r3"], ["r3", "r1", "r2"], ["r3", "r1", "r2"] };

    private static readonly string[][] Circle = { ["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"] };

    [Fact]
    public void Table_9_of_the_thesis()
    {
        RankedPairs.ByName(Table9).Should().Equal("r3", "r1", "r2");
        RankedPairs.AllOrders(Table9).Should().ContainSingle().Which.Orders.Should().Be(6);
    }

    // Tideman's electorate of the four capitals of Tennessee: Nashville beats all, Memphis comes last.
    [Fact]
    public void Tennessee_example()
    {
        var votes = Enumerable.Repeat(new[] { "Memphis", "Nashville", "Chattanooga", "Knoxville" }, 42)
            .Concat(Enumerable.Repeat(new[] { "Nashville", "Chattanooga", "Knoxville", "Memphis" }, 26))
            .Concat(Enumerable.Repeat(new[] { "Chattanooga", "Knoxville", "Nashville", "Memphis" }, 15))
            .Concat(Enumerable.Repeat(new[] { "Knoxville", "Chattanooga", "Nashville", "Memphis" }, 17))
            .ToArray();
        RankedPairs.ByName(votes).Should().Equal("Nashville", "Chattanooga", "Knoxville", "Memphis");
        var tally = HeadToHead.Count(votes);
        tally.CondorcetWinner.Should().Be("Nashville");
        tally.Candidates.Should().Equal("Chattanooga", "Knoxville", "Memphis", "Nashville");
        tally[0, 1].Should().Be(83);
        tally.Margin(0, 1).Should().Be(66);
        tally.Margin(1, 0).Should().Be(-66);
        tally.Margin(2, 3).Should().Be(42 - 58);
    }

    [Fact]
    public void A_circle_of_equal_majorities_is_decided_by_the_order_alone()
    {
        // Taken in the order a, b, c the majorities are a>b, b>c, c>a: the last closes the circle.
        RankedPairs.ByName(Circle).Should().Equal("a", "b", "c");
        RankedPairs.ByOrder(Circle, ["b", "c", "a"]).Should().Equal("b", "c", "a");
        RankedPairs.ByOrder(Circle, ["c", "a", "b"]).Should().Equal("c", "a", "b");
        RankedPairs.ByOrder(Circle, ["a", "c", "b"]).Should().Equal("c", "a", "b");
        HeadToHead.Count(Circle).HasMajorityCycle.Should().BeTrue();
        HeadToHead.Count(Circle).CondorcetWinner.Should().BeNull();

        var possible = RankedPairs.AllOrders(Circle);
        possible.Sum(p => p.Orders).Should().Be(6);
        possible.Select(p => string.Concat(p.Ranking)).Should().Equal("abc", "bca", "cab");
        possible.Select(p => p.Orders).Should().Equal(2, 2, 2);
    }

    [Fact]
    public void A_drawn_pair_goes_to_the_earlier_candidate()
    {
        string[][] votes = { ["a", "b"], ["b", "a"] };
        RankedPairs.ByName(votes).Should().Equal("a", "b");
        RankedPairs.ByOrder(votes, ["b", "a"]).Should().Equal("b", "a");
        RankedPairs.AllOrders(votes).Select(p => p.Orders).Should().Equal(1, 1);
        HeadToHead.Count(votes).HasPairwiseTie.Should().BeTrue();
        HeadToHead.Count(votes).HasTiedMajorities.Should().BeTrue();
        HeadToHead.Count(votes).HasMajorityCycle.Should().BeFalse();
    }

    [Fact]
    public void Random_orders_follow_the_seed_and_reach_every_possible_ranking()
    {
        RankedPairs.ByRandomOrder(Circle, new Xoshiro256(4)).Should().Equal(RankedPairs.ByRandomOrder(Circle, new Xoshiro256(4)));
        var random = new Xoshiro256(1);
        Enumerable.Range(0, 100).Select(_ => string.Concat(RankedPairs.ByRandomOrder(Circle, random))).Distinct()
            .Should().BeEquivalentTo("abc", "bca", "cab");
    }

    [Fact]
    public void Names_are_sorted_by_code_point()
    {
        string[][] votes = { ["b", "B", "a"], ["a", "B", "b"] };
        HeadToHead.Count(votes).Candidates.Should().Equal("B", "a", "b");
        RankedPairs.ByName(votes).Should().Equal("B", "a", "b");
    }

    [Fact]
    public void One_candidate_is_its_own_ranking()
    {
        RankedPairs.ByName([["x"], ["x"]]).Should().Equal("x");
        HeadToHead.Count([["x"]]).CondorcetWinner.Should().Be("x");
        HeadToHead.Count([["x"]]).HasTiedMajorities.Should().BeFalse();
    }

    [Fact]
    public void Incomplete_ballots_are_named()
    {
        ((Action)(() => RankedPairs.ByName([]))).Should().Throw<ArgumentException>().WithMessage("votes *at least one ballot*");
        ((Action)(() => RankedPairs.ByName([[]]))).Should().Throw<ArgumentException>().WithMessage("votes *at least one ballot*");
        ((Action)(() => RankedPairs.ByName([null!]))).Should().Throw<ArgumentException>().WithMessage("votes *at least one ballot*");
        ((Action)(() => RankedPairs.ByName([["a", "b"], ["a"]]))).Should().Throw<ArgumentException>().WithMessage("votes[1] *a, b*was a.*");
        ((Action)(() => RankedPairs.ByName([["a", "b"], null!]))).Should().Throw<ArgumentException>().WithMessage("votes[1] *a, b*");
        ((Action)(() => RankedPairs.ByName([["a", "a"], ["a", "a"]])))
            .Should().Throw<ArgumentException>().WithMessage("votes[0] *was a, a*");
        ((Action)(() => RankedPairs.ByOrder([["a", "b"]], ["a"]))).Should().Throw<ArgumentException>().WithMessage("order *a, b*was a.*");
        ((Action)(() => RankedPairs.ByOrder([["a", "b"]], null!))).Should().Throw<ArgumentNullException>().Which.ParamName
            .Should().Be("order");
        ((Action)(() => RankedPairs.ByRandomOrder([["a", "b"]], null!))).Should().Throw<ArgumentNullException>();
        ((Action)(() => RankedPairs.AllOrders([["1", "2", "3", "4", "5", "6", "7", "8"]]))).Should().Throw<ArgumentException>()
            .WithMessage("votes *at most 7*had 8*");
        ((Action)(() => HeadToHead.Count(null!))).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void Seven_candidates_are_still_enumerated() =>
        RankedPairs.AllOrders([["1", "2", "3", "4", "5", "6", "7"]]).Should().ContainSingle().Which.Orders.Should().Be(5040);

    // Counted by a separate program over all 24 orders.
    [Fact]
    public void Possible_rankings_come_most_frequent_first_and_then_by_name()
    {
        var possible = RankedPairs.AllOrders([["d", "a", "b", "c"], ["b", "c", "d", "a"]]);
        possible.Select(p => string.Concat(p.Ranking)).Should().Equal("bcda", "dabc", "bdac", "dbca", "bdca", "dbac");
        possible.Select(p => p.Orders).Should().Equal(8, 8, 3, 3, 1, 1);
    }

    [Fact]
    public void Ranks_become_ballots_and_equal_ranks_keep_the_given_order()
    {
        Ballots.FromRanks(["x", "y", "z"], [2, 1, 3]).Should().Equal("y", "x", "z");
        Ballots.FromRanks(["x", "y", "z"], [1, 1, 1]).Should().Equal("x", "y", "z");
        Ballots.FromRanks(["z", "y", "x"], [2, 1, 2]).Should().Equal("y", "z", "x");
        ((Action)(() => Ballots.FromRanks(["x"], [1, 2]))).Should().Throw<ArgumentException>().WithMessage("ranks *held 2 for 1*");
        ((Action)(() => Ballots.FromRanks([], []))).Should().Throw<ArgumentException>().WithMessage("ranks *held 0 for 0*");
        ((Action)(() => Ballots.FromRanks(["x", "y"], [1, 0]))).Should().Throw<ArgumentException>().WithMessage("ranks[1]*was 0*");
        ((Action)(() => Ballots.FromRanks(null!, []))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Ballots.FromRanks(["x"], null!))).Should().Throw<ArgumentNullException>();
    }

    // CRS-S5.5.2-points: 1, 2/3, 1/3 for three places.
    [Fact]
    public void Borda_points_plain_and_normalised()
    {
        Borda.Points(Table9).Should().BeEquivalentTo(new Dictionary<string, int> { ["r1"] = 3, ["r2"] = 2, ["r3"] = 4 });
        var mean = Borda.NormalisedMean([["a", "b", "c"]]);
        mean["a"].Should().BeApproximately(1, 1e-15);
        mean["b"].Should().BeApproximately(2.0 / 3, 1e-15);
        mean["c"].Should().BeApproximately(1.0 / 3, 1e-15);
        Borda.NormalisedMean(Table9)["r3"].Should().BeApproximately((1.0 + 1 + (1.0 / 3)) / 3, 1e-15);
        Borda.NormalisedFromRanks([1, 1, 2]).Should().Equal(2.5 / 3, 2.5 / 3, 1.0 / 3);
        Borda.NormalisedFromRanks([3, 1, 2]).Should().Equal(1.0 / 3, 1, 2.0 / 3);
        Borda.Ranking(Table9).Should().Equal("r3", "r1", "r2");
        Borda.Ranking([["b", "a"], ["a", "b"]]).Should().Equal("a", "b");
        ((Action)(() => Borda.Points([]))).Should().Throw<ArgumentException>();
        ((Action)(() => Borda.NormalisedFromRanks([]))).Should().Throw<ArgumentException>();
    }
}

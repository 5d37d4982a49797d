using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class HumanStudyTests
{
    private static readonly ModelKeyFacts.Group Keys = new("run", [new ModelKeyFacts.Prompt("p", ["a", "b", "c"])]);

    [Fact]
    public void Votes_become_ballots_of_models_and_ties_keep_the_stored_order()
    {
        var named = HumanStudy.Name(Votes(([2, 1, 2], [2, 0, 1])), Keys)[0][0];

        named.Ballot.Should().Equal("b", "c", "a");
        named.RankOf("a").Should().Be(2);
    }

    [Fact]
    public void A_drawn_merge_follows_the_given_order()
    {
        var named = HumanStudy.Name(Votes(([1, 2, 3], [0, 1, 2]), ([2, 1, 3], [0, 1, 2])), Keys);

        HumanStudy.Merge(named, ["a", "b", "c"])[0].Should().Equal("a", "b", "c");
        HumanStudy.Merge(named, ["c", "b", "a"])[0].Should().Equal("b", "a", "c");
    }

    [Fact]
    public void Tied_models_share_points()
    {
        var points = HumanStudy.PointsOfVotes(HumanStudy.Name(Votes(([1, 1, 3], [0, 1, 2]), ([3, 2, 1], [0, 1, 2])), Keys));

        points["a"].Should().BeApproximately(((2.5 / 3) + (1 / 3.0)) / 2, 1e-12);
        points["b"].Should().BeApproximately(((2.5 / 3) + (2 / 3.0)) / 2, 1e-12);
        points["c"].Should().BeApproximately(((1 / 3.0) + 1) / 2, 1e-12);
    }

    [Fact]
    public void Pairwise_votes_count_equal_ranks_apart()
    {
        var named = HumanStudy.Name(
            Votes(([1, 2, 3], [0, 1, 2]), ([1, 1, 3], [0, 1, 2]), ([3, 2, 1], [0, 1, 2]), ([1, 2, 2], [0, 1, 2])), Keys);

        HumanStudy.Pairwise(named, "a", "b").Should().Be((2, 1, 1));
        HumanStudy.Pairwise([], "a", "b").Should().Be((0, 0, 0));
    }

    [Fact]
    public void A_study_without_votes_has_no_points() =>
        FluentActions.Invoking(() => HumanStudy.PointsOfVotes([[]])).Should().Throw<ReproException>().WithMessage("*no vote*");

    [Fact]
    public void Prompts_without_model_names_are_refused() =>
        FluentActions.Invoking(() => HumanStudy.Name(new VoteFacts([[], []]), Keys)).Should().Throw<ReproException>()
            .WithMessage("run: 2 prompts have votes, 1 have model names");

    [Fact]
    public void Responses_without_model_names_are_refused() =>
        FluentActions.Invoking(() => HumanStudy.Name(Votes(([1, 2], [0, 1])), Keys)).Should().Throw<ReproException>()
            .WithMessage("run: prompt p: a vote ranks 2 responses, 3 have model names");

    private static VoteFacts Votes(params (int[] Ranks, int[] Order)[] votes) =>
        new([[.. votes.Select(v => new VoteFacts.Vote("x", v.Ranks, v.Order))]]);
}

using Repro.Core.Evaluation.Voting;

namespace Repro.Tests.Unit.Evaluation.Voting;

public sealed class MajorityVoteTests
{
    [Theory]
    [InlineData("AAAB", "A", 3, false)]
    [InlineData("AABB", "B", 2, true)]
    [InlineData("ABBB", "B", 3, false)]
    [InlineData("AABC", "A", 2, false)]
    [InlineData("ABC", "B", 1, true)]
    [InlineData("A", "A", 1, false)]
    public void The_most_votes_win_and_the_expert_settles_ties(string votes, string winner, int count, bool byExpert) =>
        MajorityVote.Decide([.. votes], () => 'B').Should().Be(new PanelVerdict<char>(winner[0], count, byExpert));

    [Theory]
    [InlineData("AAAA", 'A', false)]
    [InlineData("AAAB", 'B', true)]
    public void Without_consensus_one_dissenting_vote_calls_the_expert(string votes, char winner, bool byExpert)
    {
        var verdict = MajorityVote.Decide([.. votes], () => 'B', ExpertRule.WithoutConsensus);
        (verdict.Choice, verdict.ByExpert).Should().Be((winner, byExpert));
    }

    [Fact]
    public void The_expert_may_choose_what_nobody_voted_for() =>
        MajorityVote.Decide([.. "AABB"], () => 'C').Should().Be(new PanelVerdict<char>('C', 0, true));

    [Fact]
    public void The_expert_is_not_asked_where_the_votes_decide() =>
        MajorityVote.Decide<int>([1, 1, 2], () => throw new InvalidOperationException("asked")).Choice.Should().Be(1);

    [Fact]
    public void A_panel_without_votes_and_an_unknown_rule_are_refused()
    {
        FluentActions.Invoking(() => MajorityVote.Decide<int>([], () => 1))
            .Should().Throw<ArgumentException>().WithMessage("*at least one vote*");
        FluentActions.Invoking(() => MajorityVote.Decide([1], () => 1, (ExpertRule)7))
            .Should().Throw<ArgumentException>().WithMessage("*7*");
    }
}

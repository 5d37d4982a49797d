using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class TreeThreadsTests
{
    // Counted by a few lines of Python on the same file.
    private const int GroupCount = 207;
    private const int PairCount = 614;
    private const int BestCount = 98;
    private const int PromptCount = 475;

    private static readonly string[] Six = ["violence", "creativity", "helpfulness", "humor", "toxicity", "quality"];

    private static Dictionary<string, MessageTree> Trees =>
        OpenAssistantTrees.Read(DataFolder.Fixture("oasst.trees.jsonl")).ToDictionary(tree => tree.Id);

    [Theory]
    [InlineData("a", "a000")]
    [InlineData("b", "b0")]
    [InlineData("c", "c0")]
    [InlineData("d", "")]
    [InlineData("e", "e1")]
    [InlineData("f", "f0")]
    public void Best_threads_end_with_the_best_answer(string tree, string expected) =>
        string.Join(' ', TreeThreads.BestRanked(Trees[tree], "oasst").Select(row => row.Origin.Item)).Should().Be(expected);

    [Fact]
    public void Best_threads_alternate_from_question_to_answer()
    {
        var thread = TreeThreads.BestRanked(Trees["a"], "oasst").Single();
        thread.Messages.Should().Equal(
            new ChatMessage(ChatRole.User, "Why is the sky blue?"),
            new ChatMessage(ChatRole.Assistant, "Short waves scatter more."),
            new ChatMessage(ChatRole.User, "And red evenings?"),
            new ChatMessage(ChatRole.Assistant, "The way through the air is longer."));
        thread.Origin.Should().Be(new Origin("oasst", "a", "a000"));
    }

    [Fact]
    public void More_ranks_give_more_threads() =>
        TreeThreads.BestRanked(Trees["b"], "oasst", ranks: 2).Select(row => row.Origin.Item).Should().Equal("b0", "b1", "b2");

    [Fact]
    public void An_unranked_reply_with_siblings_is_no_best_one() =>
        TreeThreads.BestRanked(Trees["b"], "oasst", ranks: 99).Select(row => row.Origin.Item).Should().NotContain("b5");

    [Fact]
    public void Ranked_replies_come_best_first_and_four_are_kept()
    {
        var group = TreeThreads.Ranked(Trees["b"], "oasst").Single();
        group.Replies.Should().Equal(
            new RankedReply("Rot.", 0), new RankedReply("Blau.", 1), new RankedReply("Gelb.", 1), new RankedReply("Grau.", 3));
        group.Pairs().Should().Equal((0, 1), (0, 2), (0, 3), (1, 3), (2, 3));
        TreeThreads.Ranked(Trees["a"], "oasst").Single().Replies.Select(reply => reply.Text)
            .Should().Equal("Short waves scatter more.", "Light.", "Because of paint.");
        TreeThreads.Ranked(Trees["b"], "oasst", maximumReplies: 2).Single().Replies.Should().HaveCount(2);
    }

    [Fact]
    public void Deleted_replies_and_synthetic_prompts_are_not_used()
    {
        TreeThreads.Ranked(Trees["e"], "oasst").Single().Replies
            .Should().Equal(new RankedReply("It wets other things.", 0), new RankedReply("Perhaps.", 1));
        TreeThreads.Ranked(Trees["d"], "oasst").Should().BeEmpty();
        TreeThreads.Prompts(Trees["d"], "oasst").Should().BeEmpty();
    }

    [Fact]
    public void Rated_replies_have_all_required_labels()
    {
        var rows = TreeThreads.Rated(Trees["a"], "oasst", Six).ToList();
        rows.Select(row => row.Origin.Item).Should().Equal("a0", "a2");
        rows[0].Labels["quality"].Should().Be(0.9);
        rows[0].Score.Should().BeNull();
        TreeThreads.Rated(Trees["a"], "oasst", ["quality"]).Select(row => row.Origin.Item).Should().Equal("a0", "a1", "a2");
        TreeThreads.Rated(Trees["b"], "oasst", Six).Should().HaveCount(5, "all ranked replies are rated, not only four");
    }

    [Fact]
    public void Prompts_are_all_threads_that_end_with_a_question() =>
        TreeThreads.Prompts(Trees["a"], "oasst").Select(row => (row.Origin.Item, row.Prompt.Count))
            .Should().Equal(("a", 1), ("a00", 3), ("a01", 3));

    [Fact]
    public void Trees_are_selected_by_state_review_and_language()
    {
        var trees = Trees.Values;
        Used(new TreeSelection()).Should().Equal("a", "b", "d", "e");
        Used(new TreeSelection { FinishedOnly = false }).Should().Equal("a", "b", "c", "d", "e");
        Used(new TreeSelection { ReviewedOnly = false }).Should().Equal("a", "b", "d", "e", "f");
        Used(new TreeSelection { Languages = ["es", "de"] }).Should().Equal("b");
        new TreeSelection().ReasonAgainst(Trees["c"]).Should().Be("the tree is not finished");

        IEnumerable<string> Used(TreeSelection selection) => trees.Where(tree => selection.ReasonAgainst(tree) is null)
            .Select(tree => tree.Id);
    }

    [PublishedDataFact]
    public void Published_trees_give_the_counts_of_an_independent_reading()
    {
        var trees = OpenAssistantTrees.Read(DataFolder.Path("oasst", "en_100_tree.jsonl")).ToList();
        var groups = trees.SelectMany(tree => TreeThreads.Ranked(tree, "oasst")).ToList();
        groups.Should().HaveCount(GroupCount);
        groups.Sum(group => group.Pairs().Count()).Should().Be(PairCount);
        trees.SelectMany(tree => TreeThreads.BestRanked(tree, "oasst")).Should().HaveCount(BestCount);
        trees.SelectMany(tree => TreeThreads.Prompts(tree, "oasst")).Should().HaveCount(PromptCount);
    }
}

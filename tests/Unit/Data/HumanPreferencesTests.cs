using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Rankings;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class HumanPreferencesTests
{
    [Fact]
    public void Pairs_share_a_prompt_and_differ_in_the_reply()
    {
        var notes = new ReadNotes();
        var pairs = HumanPreferences.Preferences(DataFolder.Fixture("hh.jsonl"), notes).ToList();

        pairs.Select(pair => pair.Prompt.Count).Should().Equal(1, 3, 1, 1);
        pairs[0].Prompt.Should().Equal(new ChatMessage(ChatRole.User, "Name a river."));
        pairs[0].Replies.Should().Equal(new RankedReply("The Oder.", 0), new RankedReply("A mountain.", 1));
        pairs[1].Replies.Should().Equal(new RankedReply("The Po.\n\nIt is long.", 0), new RankedReply("", 1));
        pairs[2].Replies.Should().Equal(new RankedReply("First.\n\nSecond.", 0), new RankedReply("One only.", 1));
        pairs[3].Replies.Should().Equal(new RankedReply("Yes?\n\nStill here.", 0), new RankedReply("Yes?\n\nGone.", 1));
        pairs.Select(pair => pair.Origin.Item).Should().Equal("hh.jsonl:1", "hh.jsonl:2", "hh.jsonl:3", "hh.jsonl:4");
        pairs[0].Origin.Group.Should().Be(pairs[1].Origin.Group, "both begin with the same question").And.NotBe(pairs[2].Origin.Group);
    }

    [Fact]
    public void Rows_that_are_no_pair_are_left_out_and_noted()
    {
        var notes = new ReadNotes();
        HumanPreferences.Preferences(DataFolder.Fixture("hh.jsonl"), notes).Should().HaveCount(4);
        notes.LeftOut.Should().Be(2);
        notes.Reasons["both dialogues are equal"].Should().Be((1L, DataFolder.Fixture("hh.jsonl") + ":5"));
        notes.Reasons["the dialogues part before the last answer"].Should().Be((1L, DataFolder.Fixture("hh.jsonl") + ":6"));
    }

    [Fact]
    public void An_empty_reply_may_be_chosen_but_not_learnt_from()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "f.jsonl", "{\"chosen\":\"\\n\\nHuman: x\\n\\nAssistant:\",\"rejected\":\"\\n\\nHuman: x\\n\\nAssistant: y\"}");
        HumanPreferences.Preferences(path).Single().Replies.Should().Equal(new RankedReply("", 0), new RankedReply("y", 1));
        var notes = new ReadNotes();
        HumanPreferences.Conversations(path, notes).Should().BeEmpty();
        notes.Reasons.Should().ContainKey("the answer is empty");
    }

    [Theory]
    [InlineData(
        "{\"chosen\":\"Human: x\",\"rejected\":\"y\"}",
        "*f.jsonl:1: 'chosen' must begin with an empty line and 'Human:', found \"Human: x\".")]
    [InlineData("{\"chosen\":\"\\n\\nHuman: x\\n\\nAssistant: y\",\"rejected\":7}", "*f.jsonl:1: 'rejected' must be a text, found 7.")]
    [InlineData("{\"chosen\":\"\\n\\nAssistant: x\",\"rejected\":\"y\"}", "*'chosen' must begin with an empty line and 'Human:'*")]
    public void A_wrong_row_is_named(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.jsonl", row);
        FluentActions.Invoking(() => HumanPreferences.Preferences(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [PublishedDataFact]
    public void The_published_file_is_read_whole()
    {
        var notes = new ReadNotes();
        var pairs = HumanPreferences.Preferences(DataFolder.Path("hh-rlhf", "harmless-base", "test.jsonl.gz"), notes).ToList();
        pairs.Should().HaveCount(2312);
        notes.LeftOut.Should().Be(0);
        pairs.All(pair => pair.Prompt[^1].Role == ChatRole.User && pair.Replies.Count == 2 && pair.Replies[0].Text != pair.Replies[1].Text)
            .Should().BeTrue();
        pairs.Count(pair => pair.Prompt.Count == 1)
            .Should().Be(662, "661 pairs have one question and one answer, one more a second answer");
    }
}

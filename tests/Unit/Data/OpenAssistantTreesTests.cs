using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class OpenAssistantTreesTests
{
    private const string Head = "{\"message_tree_id\":\"t\",\"prompt\":";

    [Fact]
    public void Trees_are_read_with_all_fields()
    {
        var trees = OpenAssistantTrees.Read(DataFolder.Fixture("oasst.trees.jsonl")).ToList();
        trees.Select(tree => (tree.Id, tree.State, tree.Prompt.All().Count())).Should().Equal(
            ("a", "ready_for_export", 7), ("b", "ready_for_export", 7), ("c", "growing", 2), ("d", "ready_for_export", 3),
            ("e", "ready_for_export", 6), ("f", "ready_for_export", 2));
        var reply = trees[0].Prompt.Replies[1];
        reply.Should().BeEquivalentTo(
            new { Id = "a0", Role = ChatRole.Assistant, Language = "en", Rank = 0, Deleted = false, Synthetic = false, Reviewed = true });
        reply.Labels!["humor"].Should().Be(new TreeLabel(0.25, 3));
        trees[0].Prompt.Labels.Should().BeNull();
        trees[0].Prompt.Replies[2].Labels.Should().NotContainKey("humor", "it has no value");
        trees[3].Prompt.Synthetic.Should().BeTrue();
        trees[4].Prompt.Replies[0].Deleted.Should().BeTrue();
        trees[5].Prompt.Reviewed.Should().BeFalse();
    }

    [Theory]
    [InlineData("{\"message_id\":\"m\",\"text\":\"x\"}", "*f.jsonl:1: a message on its own; the form with whole trees was expected*")]
    [InlineData("{\"prompt\":{}}", "*f.jsonl:1: 'message_tree_id' must be a text, found nothing.")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"assistant\",\"text\":\"x\"}}",
        "*f.jsonl:1: tree t: message m: 'role' must be 'prompter' at this place, found \"assistant\".")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\"}}", "*f.jsonl:1: tree t: message m: 'text' must be a text, found nothing.")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\",\"replies\":[{\"text\":\"x\"}]}}",
        "*f.jsonl:1: tree t: message m: 'replies[0].message_id' must be a text, found nothing.")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\","
            + "\"replies\":[{\"message_id\":\"n\",\"role\":\"prompter\",\"text\":\"x\"}]}}",
        "*tree t: message n: 'role' must be 'assistant' at this place, found \"prompter\".")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\","
            + "\"replies\":[{\"message_id\":\"n\",\"parent_id\":\"z\",\"role\":\"assistant\",\"text\":\"x\"}]}}",
        "*tree t: message n: 'parent_id' must be 'm', the message that it stands under, found \"z\".")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\","
            + "\"replies\":[{\"message_id\":\"m\",\"role\":\"assistant\",\"text\":\"x\"}]}}",
        "*tree t: message m: the id stands in the tree twice.")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\",\"rank\":-1}}",
        "*tree t: message m: 'rank' must be a whole number from 0 to 2147483647, found -1.")]
    [InlineData(
        Head + "{\"message_id\":\"m\",\"role\":\"prompter\",\"text\":\"x\",\"labels\":{\"quality\":{\"value\":1.5,\"count\":1}}}}",
        "*tree t: message m: 'labels.quality.value' must be a number from 0 to 1, found 1.5.")]
    public void A_wrong_tree_is_named(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.jsonl", row);
        FluentActions.Invoking(() => OpenAssistantTrees.Read(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [Fact]
    public void A_tree_deeper_than_any_conversation_is_refused()
    {
        using var folder = new TemporaryFolder();
        var tree = string.Concat(Enumerable.Repeat("{\"replies\":[", 400)) + "{}" + string.Concat(Enumerable.Repeat("]}", 400));
        var path = folder.Write("f.jsonl", tree);
        FluentActions.Invoking(() => OpenAssistantTrees.Read(path).ToList())
            .Should().Throw<ReproException>().WithMessage("*f.jsonl:1: the row is not valid JSON*depth*");
    }

    [PublishedDataFact]
    public void The_published_file_is_read_whole()
    {
        var trees = OpenAssistantTrees.Read(DataFolder.Path("oasst", "en_100_tree.jsonl")).ToList();
        trees.Should().HaveCount(100);
        var messages = trees.SelectMany(tree => tree.Prompt.All()).ToList();
        messages.Should().HaveCount(1167);
        messages.Count(message => message.Rank is not null).Should().Be(641);
        messages.Count(message => message.Role == ChatRole.User).Should().Be(480);
        messages.Count(message => message.Synthetic).Should().Be(22);
    }
}

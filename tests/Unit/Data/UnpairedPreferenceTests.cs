using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class UnpairedPreferenceTests
{
    [Fact]
    public void Texts_and_lists_of_messages_are_read_alike()
    {
        var rows = UnpairedPreferences.Read(DataFolder.Fixture("unpaired-preference.jsonl")).ToList();

        rows.Select(row => (row.Completion, row.Label)).Should().Equal(
            ("A cherry.", true), ("A banana.", false), ("A cloud that touches the ground.", true), ("I do not want to say.", false));
        rows[0].Prompt.Should().Equal(new ChatMessage(ChatRole.User, "Name a red fruit."));
        rows[2].Prompt.Should().Equal(new ChatMessage(ChatRole.User, "What is fog?"));
        rows[3].Prompt.Select(message => message.Role).Should().Equal(ChatRole.System, ChatRole.User, ChatRole.Assistant, ChatRole.User);
        rows[0].Origin.Group.Should().Be(rows[1].Origin.Group, "rows with one prompt stay on one side of a split");
    }

    [Fact]
    public void Messages_are_read_as_those_of_every_other_format()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("rows.jsonl", """
            {"label": true, "prompt": [{"from": "human", "value": "p"}],
            """ + """
             "completion": [{"role": "model", "content": [{"type": "text", "text": "c"}]}]}
            """);

        var row = UnpairedPreferences.Read(path).Single();

        row.Prompt.Should().Equal(new ChatMessage(ChatRole.User, "p"));
        row.Completion.Should().Be("c");
    }

    [Fact]
    public void A_pair_gives_a_desirable_and_an_undesirable_row()
    {
        var pair = HumanPreferences.Preferences(DataFolder.Fixture("hh.jsonl")).First();

        var rows = UnpairedPreferences.From(pair).ToList();

        rows.Select(row => (row.Completion, row.Label)).Should().Equal((pair.Replies[0].Text, true), (pair.Replies[1].Text, false));
        rows.Should().OnlyContain(row => row.Prompt == pair.Prompt && row.Origin.Group == pair.Origin.Group);
    }

    [Theory]
    [InlineData("""{"completion": "c", "label": true}""", "'prompt' must be a text, found nothing.")]
    [InlineData("""{"prompt": "p", "completion": " ", "label": true}""", "'completion' must be a text that is not empty, found \" \".")]
    [InlineData("""{"prompt": "p", "completion": "c"}""", "'label' must be true or false, found nothing.")]
    [InlineData("""{"prompt": "p", "completion": "c", "label": 1}""", "'label' must be true or false, found 1.")]
    [InlineData("""{"prompt": "p", "completion": "c", "label": "true"}""", "'label' must be true or false, found \"true\".")]
    [InlineData("""{"prompt": [{"role": "assistant", "content": "p"}], "completion": "c", "label": true}""",
        "'prompt' must be messages of user and*")]
    [InlineData("""{"prompt": [{"role": "user", "content": " "}], "completion": "c", "label": true}""",
        "'prompt' must be messages of user and assistant by turns that end with a question*")]
    [InlineData("""{"prompt": [], "completion": "c", "label": true}""",
        "'prompt' must be messages of user and assistant by turns*found [].")]
    [InlineData("""{"prompt": [{"role": "tool", "content": "p"}], "completion": "c", "label": true}""",
        "'prompt[0].role' belongs to a tool call*")]
    [InlineData("""{"prompt": "p", "completion": [{"role": "user", "content": "c"}], "label": true}""",
        "'completion' must be one message of the*")]
    public void A_row_that_is_not_valid_is_named(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("rows.jsonl", "{\"prompt\": \"p\", \"completion\": \"c\", \"label\": true}\n" + row);

        FluentActions.Invoking(() => UnpairedPreferences.Read(path).ToList()).Should().Throw<ReproException>()
            .WithMessage($"{path}:2: {expected}");
    }
}

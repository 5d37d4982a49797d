using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

/// <summary>OpenAI's and ShareGPT's conversations.</summary>
public sealed class ChatConversationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Messages_become_conversations_and_what_is_none_is_counted_by_reason()
    {
        var notes = new ReadNotes();
        var path = DataFolder.Fixture("messages.jsonl");
        var rows = ChatConversations.Read(path, shareGpt: false, notes).ToList();
        rows.Select(Shown).Should().Equal("System:Be brief.|User:Name a river.|Assistant:The Oder.", "User:Name a lake.|Assistant:Garda.");
        notes.Reasons.Should().BeEquivalentTo(new Dictionary<string, (long, string)>
        {
            ["the conversation does not begin with the user"] = (1, path + ":3"),
            ["two messages of one role follow each other"] = (1, path + ":4"),
            ["the answer is empty"] = (1, path + ":5"),
            ["the conversation has no answer"] = (1, path + ":6"),
            ["a system message stands after the first message"] = (1, path + ":7"),
        });
        notes.Changes.Should().BeEquivalentTo(new Dictionary<string, (long, string)>
        {
            ["a last message of the user without an answer was taken off"] = (1, path + ":2"),
        });
    }

    [Fact]
    public void Prompts_end_with_the_last_message_of_the_user() =>
        ChatConversations.Prompts(DataFolder.Fixture("messages.jsonl"), shareGpt: false).Select(row => row.Prompt[^1].Content).Should()
            .Equal("Name a river.", "Another.", "Silence.", "Nobody answers.");

    [Fact]
    public void ShareGpt_has_other_names_and_may_keep_the_system_message_beside_the_list()
    {
        ChatConversations.Read(DataFolder.Fixture("sharegpt.jsonl"), shareGpt: true).Select(Shown).Should().Equal(
            "User:Name a river.|Assistant:The Oder.|User:Where?|Assistant:Moravia.", "System:Be brief.|User:Name a lake.|Assistant:Garda.");
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"tool","content":"42"}]}""", "*:1: 'messages[0].role' belongs to a tool call; *, found \"tool\".")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}]}""",
        "*:1: 'messages[1].tool_calls' belongs to a tool call*")]
    [InlineData("""{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"function"}]}""",
        "*:1: 'tools' must be empty: conversations with tools are not read*")]
    [InlineData("""{"messages":[]}""", "*:1: 'messages' must hold at least one message, found [].")]
    [InlineData("""{"messages":[{"role":"user","content":null}]}""", "*:1: 'messages[0].content' must be a text, found null.")]
    [InlineData("""{"messages":[{"role":"narrator","content":"x"}]}""",
        "*:1: 'messages[0].role' must be system, user (human) or assistant (gpt), found \"narrator\".")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":"x"}]}]}""",
        "*:1: 'messages[0].content[0].type' must be 'text', found \"image_url\".")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}]}""",
        "*:1: 'messages[1].weight' must be 1 or left out*")]
    [InlineData("""{"messages":"hello"}""", "*:1: 'messages' must be a list of objects, found \"hello\".")]
    [InlineData("""{"messages":[{"role":"user","content":"cut \ud83d"}]}""", "*:1: 'messages[0].content' holds half of a surrogate pair*")]
    public void What_is_no_message_is_refused_with_file_line_and_key(string row, string expected)
    {
        var path = _folder.Write("m.jsonl", row);
        FluentActions.Invoking(() => ChatConversations.Read(path, shareGpt: false).ToList()).Should().Throw<ReproException>()
            .WithMessage(expected);
    }

    [Fact]
    public void Empty_lists_of_tools_are_none()
    {
        var path = _folder.Write("m.jsonl",
            """{"tools":[],"messages":[{"role":"user","content":"a","tool_calls":null},"""
            + """{"role":"assistant","content":"b","tool_calls":[]}]}""");
        ChatConversations.Read(path, shareGpt: false).Should().ContainSingle();
    }

    internal static string Shown(Conversation row) => string.Join('|', row.Messages.Select(message => $"{message.Role}:{message.Content}"));
}

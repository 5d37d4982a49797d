using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Repro.Core.Data;

/// <summary>Messages as chat interfaces and published data sets write them.</summary>
internal static class ChatTurns
{
    private static readonly string[] ToolKeys = ["tool_calls", "function_call", "tool_call_id"];
    private static readonly string[] ToolRoles = ["tool", "function", "function_call", "observation", "ipython"];

    /// <summary>A list of messages with <c>role</c> and <c>content</c>, or with <c>from</c> and <c>value</c>.</summary>
    /// <param name="row">The row; lists of tools in it are refused.</param>
    /// <param name="key">Its list.</param>
    /// <exception cref="ReproException">A message is not valid, or belongs to the call of a tool.</exception>
    internal static List<ChatMessage> Read(RowFields row, string key)
    {
        foreach (var tools in new[] { "tools", "functions" }.Where(row.IsFilled))
        {
            throw row.Fault(tools, "must be empty: conversations with tools are not read");
        }

        var messages = row.Children(key).Select(Message).ToList();
        return messages.Count > 0 ? messages : throw row.Fault(key, "must hold at least one message");
    }

    /// <summary>A text as a message of a role, or a list of messages.</summary>
    internal static List<ChatMessage> TextOrList(RowFields row, string key, ChatRole role) =>
        row.IsList(key) ? Read(row, key)
        : row.IsText(key) ? [new ChatMessage(role, row.Text(key))]
        : throw row.Fault(key, "must be a text or a list of messages");

    /// <summary>Why messages are no prompt; null where they are one: an optional system message, then user and assistant in turn, the user
    /// last.</summary>
    internal static string? ProblemOfPrompt(IReadOnlyList<ChatMessage> messages)
    {
        var first = messages.Count > 0 && messages[0].Role == ChatRole.System ? 1 : 0;
        for (var i = first; i < messages.Count; i++)
        {
            var expected = (i - first) % 2 == 0 ? ChatRole.User : ChatRole.Assistant;
            if (messages[i].Role != expected)
            {
                return messages[i].Role == ChatRole.System ? "a system message stands after the first message"
                    : i == first ? "the conversation does not begin with the user" : "two messages of one role follow each other";
            }
        }

        return messages.Count == 0 || messages[^1].Role != ChatRole.User ? "the prompt does not end with the user"
            : string.IsNullOrWhiteSpace(messages[^1].Content) ? "the question is empty" : null;
    }

    /// <summary>Why messages are no conversation to learn from; null where they are one: a prompt, and an answer that is not
    /// empty.</summary>
    internal static string? ProblemOfConversation(IReadOnlyList<ChatMessage> messages) =>
        messages.Count == 0 || messages[^1].Role != ChatRole.Assistant ? "the conversation has no answer"
        : ProblemOfPrompt([.. messages.SkipLast(1)]) is { } problem ? problem == "the prompt does not end with the user"
            ? OnlyAnswer(messages) : problem
        : string.IsNullOrWhiteSpace(messages[^1].Content) ? "the answer is empty" : null;

    /// <summary>Whether there is no problem; one is noted.</summary>
    internal static bool Fits(string? problem, RowFields row, ReadNotes? notes)
    {
        if (problem is not null)
        {
            notes?.Add(problem, row.Where);
        }

        return problem is null;
    }

    private static string OnlyAnswer(IReadOnlyList<ChatMessage> messages) =>
        messages.Count > 1 && messages[^2].Role == ChatRole.Assistant ? "two messages of one role follow each other"
            : "the conversation does not begin with the user";

    private static ChatMessage Message(RowFields message)
    {
        foreach (var key in ToolKeys.Where(message.IsFilled))
        {
            throw message.Fault(key, "belongs to a tool call; messages of system, user and assistant are read, without tools");
        }

        if (message.Has("weight") && message.Number("weight") == 0)
        {
            throw message.Fault("weight", "must be 1 or left out: messages of one conversation cannot be excluded from the loss");
        }

        return message.Has("from") && !message.Has("role")
            ? new ChatMessage(Role(message, "from"), Content(message, "value"))
            : new ChatMessage(Role(message, "role"), Content(message, "content"));
    }

    private static ChatRole Role(RowFields message, string key) => message.Text(key) switch
    {
        "system" => ChatRole.System,
        "user" or "human" => ChatRole.User,
        "assistant" or "gpt" or "chatgpt" or "bing" or "bard" or "model" => ChatRole.Assistant,
        var role when ToolRoles.Contains(role) =>
            throw message.Fault(key, "belongs to a tool call; messages of system, user and assistant are read, without tools"),
        _ => throw message.Fault(key, "must be system, user (human) or assistant (gpt)"),
    };

    // A text, or the parts of one; images and sounds have parts of other types.
    private static string Content(RowFields message, string key)
    {
        if (!message.IsList(key))
        {
            return message.Text(key);
        }

        var text = new StringBuilder();
        foreach (var part in message.Children(key))
        {
            text.Append(part.Text("type") == "text" ? part.Text("text") : throw part.Fault("type", "must be 'text'"));
        }

        return text.ToString();
    }
}

/// <summary>Conversations in the two forms in which people exchange them. Rows that are no conversation (roles out of turn, no answer, an
/// empty one) are left out and noted; a last message of the user that nobody answered is taken off and noted.</summary>
public static class ChatConversations
{
    internal const string OpenAi = "messages";
    internal const string ShareGpt = "sharegpt";

    /// <summary>The conversations.</summary>
    /// <param name="source">A file whose rows have <c>messages</c> (<c>role</c>, <c>content</c>), or <c>conversations</c> (<c>from</c>,
    /// <c>value</c>).</param>
    /// <param name="shareGpt">Whether the key is <c>conversations</c>.</param>
    /// <param name="notes">Takes what was left out or changed.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid, or uses tools.</exception>
    public static IEnumerable<Conversation> Read(RowSource source, bool shareGpt, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var messages = Messages(row, shareGpt);
            if (messages.Count > 1 && messages[^1].Role == ChatRole.User)
            {
                messages.RemoveAt(messages.Count - 1);
                notes?.Change("a last message of the user without an answer was taken off", row.Where);
            }

            if (ChatTurns.Fits(ChatTurns.ProblemOfConversation(messages), row, notes))
            {
                yield return new Conversation(OriginOf(row, messages, shareGpt), messages);
            }
        }
    }

    /// <summary>Prompts: the conversations up to their last message of the user.</summary>
    /// <param name="source">As for <see cref="Read"/>.</param>
    /// <param name="shareGpt">As for <see cref="Read"/>.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">As for <see cref="Read"/>.</exception>
    public static IEnumerable<PromptOnly> Prompts(RowSource source, bool shareGpt, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var messages = Messages(row, shareGpt);
            var prompt = messages.Take(messages.FindLastIndex(message => message.Role == ChatRole.User) + 1).ToList();
            if (ChatTurns.Fits(ChatTurns.ProblemOfPrompt(prompt), row, notes))
            {
                yield return new PromptOnly(OriginOf(row, messages, shareGpt), prompt);
            }
        }
    }

    // Some files of the second form keep the system message beside the list.
    private static List<ChatMessage> Messages(RowFields row, bool shareGpt)
    {
        var messages = ChatTurns.Read(row, shareGpt ? "conversations" : "messages");
        return shareGpt && row.OptionalText("system") is { Length: > 0 } system ? [new(ChatRole.System, system), .. messages] : messages;
    }

    private static Origin OriginOf(RowFields row, List<ChatMessage> messages, bool shareGpt) =>
        new(shareGpt ? ShareGpt : OpenAi, Origin.GroupOf(TrlDatasets.GroupText(messages)), row.LineName);
}

/// <summary>Prompts to answer, or to score responses to, from a file of any kind that data sets come in.</summary>
public static class PromptFile
{
    /// <summary>Rows with <c>prompt</c> (a text or a list of messages), <c>messages</c>, or the <c>instruction</c> of
    /// AlpacaEval.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>The whole row, its prompt, and file and line for messages.</returns>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid, or uses tools; names file, line and
    /// key.</exception>
    public static IEnumerable<(JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where)> Read(string path,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(path, cancellation))
        {
            var prompt = row.Has("prompt") ? ChatTurns.TextOrList(row, "prompt", ChatRole.User)
                : row.Has("messages") ? ChatTurns.Read(row, "messages")
                : ChatTurns.TextOrList(row, row.Has("instruction") ? "instruction" : "prompt", ChatRole.User);
            foreach (var member in row.Element.EnumerateObject())
            {
                RequireText(member.Value, member.Name, row);
            }

            yield return (JsonObject.Create(row.Element.Clone())!, prompt, row.Where);
        }
    }

    // The row is written out again; half of a surrogate pair in whatever key cannot be.
    private static void RequireText(JsonElement value, string key, RowFields row)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = RowFields.Unescaped(value, $"{row.Where}: '{key}'");
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    RequireText(member.Value, $"{key}.{member.Name}", row);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    RequireText(item, key, row);
                }

                break;
        }
    }
}

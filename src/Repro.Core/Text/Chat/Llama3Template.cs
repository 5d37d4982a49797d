namespace Repro.Core.Text.Chat;

/// <summary>The form of Llama 3: a header with the role, two line breaks, stripped text, <c>&lt;|eot_id|&gt;</c>.</summary>
public sealed class Llama3Template : ChatTemplate
{
    /// <summary>Token in front of the conversation.</summary>
    public const string BeginToken = "<|begin_of_text|>";

    /// <summary>Token that ends a turn.</summary>
    public const string EndToken = "<|eot_id|>";

    private const string HeaderStart = "<|start_header_id|>";
    private const string HeaderEnd = "<|end_header_id|>";

    /// <inheritdoc/>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var parts = new List<ChatPart> { new(BeginToken, true, -1, false) };
        for (int i = 0; i < messages.Count; i++)
        {
            bool loss = messages[i].Role == ChatRole.Assistant;
            AddHeader(parts, messages[i].Role, i);
            parts.Add(new ChatPart(Strip(messages[i].Content), false, i, loss));
            parts.Add(new ChatPart(EndToken, true, i, loss));
        }

        if (addGenerationPrompt)
        {
            AddHeader(parts, ChatRole.Assistant, messages.Count);
        }

        return parts;
    }

    private static void AddHeader(List<ChatPart> parts, ChatRole role, int index)
    {
        parts.Add(new ChatPart(HeaderStart, true, index, false));
        parts.Add(new ChatPart(NameOf(role), false, index, false));
        parts.Add(new ChatPart(HeaderEnd, true, index, false));
        parts.Add(new ChatPart("\n\n", false, index, false));
    }
}

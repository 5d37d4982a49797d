namespace Repro.Core.Text.Chat;

/// <summary>
/// ChatML (CRS Fig. 15): <c>&lt;|im_start|&gt;role</c>, line break, text, <c>&lt;|im_end|&gt;</c>, line break. The figure ends without the last
/// line break; the released reward models and policies were trained with it.
/// </summary>
public sealed class ChatMlTemplate : ChatTemplate
{
    /// <summary>Token that opens a turn.</summary>
    public const string StartToken = "<|im_start|>";

    /// <summary>Token that ends a turn.</summary>
    public const string EndToken = "<|im_end|>";

    /// <summary>A line break also behind the last turn.</summary>
    public bool EndsWithLineBreak { get; init; } = true;

    /// <summary>System message of conversations that bring none, or null.</summary>
    public string? DefaultSystem { get; init; }

    /// <summary>The form of Qwen2: ChatML with a system message in every conversation.</summary>
    public static ChatMlTemplate Qwen2 { get; } = new() { DefaultSystem = "You are a helpful assistant." };

    /// <inheritdoc/>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var parts = new List<ChatPart>();
        if (DefaultSystem != null && (messages.Count == 0 || messages[0].Role != ChatRole.System))
        {
            AddTurn(parts, new ChatMessage(ChatRole.System, DefaultSystem), -1);
        }

        for (int i = 0; i < messages.Count; i++)
        {
            AddTurn(parts, messages[i], i);
        }

        if (addGenerationPrompt)
        {
            parts.Add(new ChatPart(StartToken, true, messages.Count, false));
            parts.Add(new ChatPart("assistant\n", false, messages.Count, false));
        }
        else if (!EndsWithLineBreak && parts.Count > 0)
        {
            parts.RemoveAt(parts.Count - 1);
        }

        return parts;
    }

    private static void AddTurn(List<ChatPart> parts, ChatMessage message, int index)
    {
        bool loss = message.Role == ChatRole.Assistant;
        parts.Add(new ChatPart(StartToken, true, index, false));
        parts.Add(new ChatPart(NameOf(message.Role) + "\n", false, index, false));
        parts.Add(new ChatPart(message.Content, false, index, loss));
        parts.Add(new ChatPart(EndToken, true, index, loss));
        parts.Add(new ChatPart("\n", false, index, false));
    }
}

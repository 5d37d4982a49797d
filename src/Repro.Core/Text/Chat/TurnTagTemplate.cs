namespace Repro.Core.Text.Chat;

/// <summary>
/// A tag token for each role, the text, and the end token: <c>&lt;|prompter|&gt;...&lt;/s&gt;&lt;|assistant|&gt;...&lt;/s&gt;</c>, the form of the
/// released supervised stages.
/// </summary>
public sealed class TurnTagTemplate : ChatTemplate
{
    /// <summary>Tag of the user.</summary>
    public const string PrompterTag = "<|prompter|>";

    /// <summary>Tag of the assistant.</summary>
    public const string AssistantTag = "<|assistant|>";

    /// <summary>Tag of the system.</summary>
    public const string SystemTag = "<|system|>";

    /// <summary>Token that ends a turn.</summary>
    public const string EndToken = "</s>";

    /// <inheritdoc/>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var parts = new List<ChatPart>();
        for (int i = 0; i < messages.Count; i++)
        {
            bool loss = messages[i].Role == ChatRole.Assistant;
            parts.Add(new ChatPart(TagOf(messages[i].Role), true, i, false));
            parts.Add(new ChatPart(messages[i].Content, false, i, loss));
            parts.Add(new ChatPart(EndToken, true, i, loss));
        }

        if (addGenerationPrompt)
        {
            parts.Add(new ChatPart(AssistantTag, true, messages.Count, false));
        }

        return parts;
    }

    private static string TagOf(ChatRole role) => role switch
    {
        ChatRole.System => SystemTag,
        ChatRole.User => PrompterTag,
        ChatRole.Assistant => AssistantTag,
        _ => throw new ReproException($"Role {role} is unknown."),
    };
}

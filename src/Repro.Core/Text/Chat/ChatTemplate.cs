namespace Repro.Core.Text.Chat;

/// <summary>The form in which a model reads a conversation.</summary>
public abstract class ChatTemplate
{
    /// <summary>Brings a conversation into form.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="addGenerationPrompt">Open a turn of the assistant at the end, for the model to continue.</param>
    /// <returns>Parts in order.</returns>
    /// <exception cref="ReproException">The roles do not follow each other as the template needs it; the message names the index.</exception>
    public abstract IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false);

    /// <summary>The conversation as one text.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="addGenerationPrompt">As in <see cref="Render"/>.</param>
    public string ToText(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false) =>
        string.Concat(Render(messages, addGenerationPrompt).Select(part => part.Text));

    /// <summary>
    /// The conversation as tokens. Special parts are taken by id; text between two of them is encoded as one stretch, in which special
    /// tokens are plain text, so that a message cannot forge the end of its turn.
    /// </summary>
    /// <param name="tokenizer">Must have all special tokens of the template.</param>
    /// <param name="messages">The conversation.</param>
    /// <param name="addGenerationPrompt">As in <see cref="Render"/>.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token, or the roles are out of order.</exception>
    public ChatTokens Encode(TextTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false) =>
        new ChatEncoder(tokenizer).Encode(Render(messages, addGenerationPrompt));

    /// <summary>Name of a role in lower case, as most templates write it.</summary>
    private protected static string NameOf(ChatRole role) => role switch
    {
        ChatRole.System => "system",
        ChatRole.User => "user",
        ChatRole.Assistant => "assistant",
        _ => throw new ReproException($"Role {role} is unknown."),
    };

    /// <summary>Without white space at both ends, as the published templates strip it (U+001C to U+001F included).</summary>
    private protected static string Strip(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';
}

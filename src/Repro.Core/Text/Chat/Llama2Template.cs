namespace Repro.Core.Text.Chat;

/// <summary>
/// The form of Llama 2: every question and answer between begin and end token, the question in <c>[INST]</c>, the system message inside
/// the first question. Roles must alternate.
/// </summary>
public sealed class Llama2Template : ChatTemplate
{
    /// <summary>Token in front of every question.</summary>
    public const string BeginToken = "<s>";

    /// <summary>Token behind every answer.</summary>
    public const string EndToken = "</s>";

    /// <inheritdoc/>
    /// <remarks>A conversation that ends with a question needs nothing more for the model to answer.</remarks>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        int first = messages.Count > 0 && messages[0].Role == ChatRole.System ? 1 : 0;
        if (first == 1 && messages.Count == 1)
        {
            throw new ReproException("A system message needs a user message behind it.");
        }

        var parts = new List<ChatPart>();
        for (int i = first; i < messages.Count; i++)
        {
            ChatRole expected = (i - first) % 2 == 0 ? ChatRole.User : ChatRole.Assistant;
            if (messages[i].Role != expected)
            {
                throw new ReproException(Invariant($"Message {i} is of role {messages[i].Role}; after an optional system message, user and assistant must alternate."));
            }

            string text = Strip(messages[i].Content);
            if (expected == ChatRole.User)
            {
                string system = i == 1 && first == 1 ? $"<<SYS>>\n{messages[0].Content}\n<</SYS>>\n\n" : "";
                string question = system.Length > 0 ? Strip(system + messages[i].Content) : text;
                parts.Add(new ChatPart(BeginToken, true, i, false));
                parts.Add(new ChatPart($"[INST] {question} [/INST]", false, i, false));
            }
            else
            {
                parts.Add(new ChatPart($" {text} ", false, i, true));
                parts.Add(new ChatPart(EndToken, true, i, true));
            }
        }

        if (addGenerationPrompt && (parts.Count == 0 || messages[^1].Role != ChatRole.User))
        {
            throw new ReproException("A conversation must end with a user message for the model to answer.");
        }

        return parts;
    }
}

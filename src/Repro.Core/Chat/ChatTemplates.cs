using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>The form in which a model reads a conversation.</summary>
public abstract class ChatTemplate
{
    /// <summary>Brings a conversation into form.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="addGenerationPrompt">Open a turn of the assistant at the end, for the model to continue.</param>
    /// <returns>Parts in order.</returns>
    /// <exception cref="ReproException">The roles do not follow each other as the template needs it; the message names the
    /// index.</exception>
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
    /// <param name="lossFrom">Index of the first message whose loss is asked for; their number or more for none. Earlier turns of the
    /// assistant may be marked or not.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token, or the roles are out of order.</exception>
    public virtual ChatTokens Encode(
        TextTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false, int lossFrom = 0) =>
        new ChatEncoder(tokenizer).Encode(Render(messages, addGenerationPrompt));

    /// <summary>
    /// The template as Jinja, for the folder of a trained model: with the begin token of the tokenizer, which is put in front of what the
    /// templates of this program write.
    /// </summary>
    public abstract string Source { get; }

    /// <summary>Whether the template itself writes the begin token where a text needs one.</summary>
    internal virtual bool WritesBegin => false;

    /// <summary>Name of a role in lower case, as most templates write it.</summary>
    internal static string NameOf(ChatRole role) => role switch
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

/// <summary>A part of a conversation in the form that a model reads.</summary>
/// <param name="Text">Its text.</param>
/// <param name="IsSpecial">A special token of the tokenizer; other parts are plain text whatever they hold.</param>
/// <param name="Message">Index of the message it belongs to; the number of messages for a prompt to answer, -1 for what comes before all of
/// them.</param>
/// <param name="CarriesLoss">The model learns to write it: the text of an assistant and the token that ends it.</param>
public readonly record struct ChatPart(string Text, bool IsSpecial, int Message, bool CarriesLoss);

/// <summary>
/// ChatML (CRS Fig. 15): <c>&lt;|im_start|&gt;role</c>, line break, text, <c>&lt;|im_end|&gt;</c>, line break. The figure ends without the
/// last line break; the released reward models and policies were trained with it.
/// </summary>
public sealed class ChatMlTemplate : ChatTemplate
{
    /// <summary>Token that opens a turn.</summary>
    public const string StartToken = "<|im_start|>";

    /// <summary>Token that ends a turn.</summary>
    public const string EndToken = "<|im_end|>";

    /// <summary>A line break also after the last turn.</summary>
    public bool EndsWithLineBreak { get; init; } = true;

    /// <summary>System message of conversations that bring none, or null.</summary>
    public string? DefaultSystem { get; init; }

    /// <summary>The form of Qwen2: ChatML with a system message in every conversation.</summary>
    public static ChatMlTemplate Qwen2 { get; } = new() { DefaultSystem = "You are a helpful assistant." };

    /// <summary>The form of Qwen2.5, which has another system message.</summary>
    public static ChatMlTemplate Qwen25 { get; } =
        new() { DefaultSystem = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant." };

    /// <inheritdoc/>
    public override string Source => ChatSources.ChatMl(DefaultSystem, EndsWithLineBreak);

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

/// <summary>
/// The form of Llama 2: every question and answer between begin and end token, the question in <c>[INST]</c>, the system message inside
/// the first question. Roles must alternate.
/// </summary>
public sealed class Llama2Template : ChatTemplate
{
    /// <summary>Token in front of every question.</summary>
    public const string BeginToken = "<s>";

    /// <summary>Token after every answer.</summary>
    public const string EndToken = "</s>";

    /// <inheritdoc/>
    public override string Source => ChatSources.Llama2;

    /// <inheritdoc/>
    /// <remarks>A conversation that ends with a question needs nothing more for the model to answer.</remarks>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        ArgumentNullException.ThrowIfNull(messages);
        int first = messages.Count > 0 && messages[0].Role == ChatRole.System ? 1 : 0;
        if (first == 1 && messages.Count == 1)
        {
            throw new ReproException("A system message needs a user message after it.");
        }

        var parts = new List<ChatPart>();
        for (int i = first; i < messages.Count; i++)
        {
            ChatRole expected = (i - first) % 2 == 0 ? ChatRole.User : ChatRole.Assistant;
            if (messages[i].Role != expected)
            {
                throw new ReproException(
                    Invariant($"Message {i} is of role {messages[i].Role}; after an optional system message, ")
                        + "user and assistant must alternate.");
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
    public override string Source => ChatSources.Llama3;

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

/// <summary>
/// A tag token for each role, the text, and the end token: <c>&lt;|prompter|&gt;...&lt;/s&gt;&lt;|assistant|&gt;...&lt;/s&gt;</c>, the form
/// of the released supervised stages.
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
    public override string Source => ChatSources.TurnTags;

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

using System.Text.Json.Serialization;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>The form in which conversations are written for a model.</summary>
public enum ChatForm
{
    /// <summary>ChatML with a line break after every turn.</summary>
    [JsonStringEnumMemberName("chatml")]
    ChatMl,

    /// <summary>ChatML with the system message of Qwen2.</summary>
    Qwen2,

    /// <summary>Tags of prompter and assistant.</summary>
    TurnTags,

    /// <summary>Llama 2 chat.</summary>
    Llama2,

    /// <summary>Llama 3 chat.</summary>
    Llama3,
}

/// <summary>Templates by their names in settings.</summary>
public static class ChatForms
{
    /// <summary>The template of a form.</summary>
    /// <param name="form">The form.</param>
    public static ChatTemplate Template(ChatForm form) => form switch
    {
        ChatForm.ChatMl => new ChatMlTemplate(),
        ChatForm.Qwen2 => ChatMlTemplate.Qwen2,
        ChatForm.TurnTags => new TurnTagTemplate(),
        ChatForm.Llama2 => new Llama2Template(),
        ChatForm.Llama3 => new Llama3Template(),
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Not a form of chat."),
    };

    /// <summary>What reward models read, for the forms that they are trained on.</summary>
    /// <param name="form">The form.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="length">How long pairs are cut.</param>
    /// <exception cref="ReproException">The form is not one of ChatML.</exception>
    public static ScoringInput Scoring(ChatForm form, TextTokenizer tokenizer, PairTruncation length) => Template(form) is ChatMlTemplate template
        ? new ScoringInput(tokenizer, template, length)
        : throw new ReproException($"template: reward models read chatml or qwen2, not {form}.");

    /// <summary>A prompt as the policy reads it: begin token where the tokenizer has one, turns, opening of the answer.</summary>
    /// <param name="template">The form.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">Ends with a message of the user.</param>
    public static int[] PromptIds(ChatTemplate template, TextTokenizer tokenizer, IReadOnlyList<ChatMessage> prompt)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = template.Encode(tokenizer, prompt, addGenerationPrompt: true).Ids;
        return tokenizer.BeginOfText is { } begin && (ids.Length == 0 || ids[0] != begin) ? [begin, .. ids] : ids;
    }
}

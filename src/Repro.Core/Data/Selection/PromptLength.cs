using Repro.Core.Data.Records;
using Repro.Core.Text;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Selection;

/// <summary>Keeps prompts that are short enough for sampling.</summary>
/// <param name="Tokenizer">Counts tokens.</param>
/// <param name="Template">The form in which the model reads the prompt, with the opening of the answer.</param>
/// <param name="MaximumTokens">Most tokens of a prompt, special ones included.</param>
public sealed record PromptLength(TextTokenizer Tokenizer, ChatTemplate Template, int MaximumTokens)
{
    /// <summary>Whether a prompt is short enough.</summary>
    /// <param name="prompt">Ends with a message of the user.</param>
    public bool Keeps(PromptOnly prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Template.Encode(Tokenizer, prompt.Prompt, addGenerationPrompt: true).Ids.Length <= MaximumTokens;
    }
}

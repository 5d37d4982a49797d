using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>
/// How reward models cut a prompt and its reply to length: the prompt keeps its last tokens, at least
/// <see cref="MinPromptLength"/> of them, the reply its first.
/// </summary>
/// <param name="MaxLength">Tokens of both together.</param>
/// <param name="MinPromptLength">Tokens that the prompt may always take.</param>
public sealed record PairTruncation(
    [property: AtLeast(1)] int MaxLength = 2048, [property: AtLeast(0)] int MinPromptLength = 256) : ICheckedSettings
{
    string? ICheckedSettings.Problem => MinPromptLength > MaxLength
        ? Invariant($"a text of max_length {MaxLength} cannot leave min_prompt_length {MinPromptLength} tokens for the prompt")
        : null;

    /// <summary>Cuts a pair.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="reply">Tokens of the reply.</param>
    /// <returns>At most <see cref="MaxLength"/> tokens together.</returns>
    /// <exception cref="ReproException">The lengths make no sense.</exception>
    public (int[] Prompt, int[] Reply) Apply(ReadOnlySpan<int> prompt, ReadOnlySpan<int> reply)
    {
        if (MinPromptLength < 0 || MaxLength < MinPromptLength)
        {
            throw new ReproException(Invariant($"Truncation to {MaxLength} tokens cannot leave {MinPromptLength} for the prompt."));
        }

        int promptLimit = Math.Max(MinPromptLength, MaxLength - reply.Length);
        int replyLimit = MaxLength - promptLimit;
        return (
            prompt[Math.Max(0, prompt.Length - promptLimit)..].ToArray(),
            reply[..Math.Min(reply.Length, Math.Max(0, replyLimit))].ToArray());
    }

    /// <summary>The next multiple, to which batches are padded.</summary>
    /// <param name="length">Longest row.</param>
    /// <param name="multiple">Multiple of, at least 1.</param>
    public static int PaddedLength(int length, int multiple = 16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        return (length + multiple - 1) / multiple * multiple;
    }
}

/// <summary>How the supervised stages cut a conversation: a window at a random place, or the first tokens.</summary>
/// <param name="MaxLength">Tokens that remain at most.</param>
/// <param name="RandomWindowProbability">How often the window lies at a random place.</param>
public sealed record WindowTruncation(int MaxLength = 2048, double RandomWindowProbability = 0.5)
{
    /// <summary>The window of a conversation; draws two numbers whatever the length, so that the stream does not depend on the
    /// data.</summary>
    /// <param name="length">Tokens of the conversation.</param>
    /// <param name="random">Source of the choice.</param>
    /// <returns>Start and end of what remains.</returns>
    public (int Start, int End) Choose(int length, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        bool anywhere = random.NextDouble() < RandomWindowProbability;
        double place = random.NextDouble();
        if (length <= MaxLength)
        {
            return (0, length);
        }

        int start = anywhere ? (int)(place * (length - MaxLength + 1)) : 0;
        return (start, start + MaxLength);
    }
}

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

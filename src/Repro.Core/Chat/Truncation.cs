using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>
/// How reward models cut a prompt and its reply to length: the prompt keeps its last tokens, at least
/// <see cref="MinimumPrompt"/> of them, the reply its first.
/// </summary>
/// <param name="MaximumLength">Tokens of both together.</param>
/// <param name="MinimumPrompt">Tokens that the prompt may always take.</param>
public sealed record PairTruncation([property: AtLeast(1)] int MaximumLength = 2048, [property: AtLeast(0)] int MinimumPrompt = 256) : ICheckedSettings
{
    string? ICheckedSettings.Problem => MinimumPrompt > MaximumLength
        ? Invariant($"a text of maximum_length {MaximumLength} cannot leave minimum_prompt {MinimumPrompt} tokens for the prompt")
        : null;

    /// <summary>Cuts a pair.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="reply">Tokens of the reply.</param>
    /// <returns>At most <see cref="MaximumLength"/> tokens together.</returns>
    /// <exception cref="ReproException">The lengths make no sense.</exception>
    public (int[] Prompt, int[] Reply) Apply(ReadOnlySpan<int> prompt, ReadOnlySpan<int> reply)
    {
        if (MinimumPrompt < 0 || MaximumLength < MinimumPrompt)
        {
            throw new ReproException(Invariant($"Truncation to {MaximumLength} tokens cannot leave {MinimumPrompt} for the prompt."));
        }

        int promptLimit = Math.Max(MinimumPrompt, MaximumLength - reply.Length);
        int replyLimit = MaximumLength - promptLimit;
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
/// <param name="MaximumLength">Tokens that remain at most.</param>
/// <param name="RandomWindowProbability">How often the window lies at a random place.</param>
public sealed record WindowTruncation(int MaximumLength = 2048, double RandomWindowProbability = 0.5)
{
    /// <summary>The window of a conversation; draws two numbers whatever the length, so that the stream does not depend on the data.</summary>
    /// <param name="length">Tokens of the conversation.</param>
    /// <param name="random">Source of the choice.</param>
    /// <returns>Start and end of what remains.</returns>
    public (int Start, int End) Choose(int length, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        bool anywhere = random.NextDouble() < RandomWindowProbability;
        double place = random.NextDouble();
        if (length <= MaximumLength)
        {
            return (0, length);
        }

        int start = anywhere ? (int)(place * (length - MaximumLength + 1)) : 0;
        return (start, start + MaximumLength);
    }
}

/// <summary>
/// How a prompt and its reply are cut to fit together: the prompt loses its beginning, but never falls below its least share because of a long reply;
/// then the reply loses its end.
/// </summary>
/// <param name="MaximumLength">Tokens of both together at most, above <paramref name="LeastPrompt"/>.</param>
/// <param name="LeastPrompt">Tokens that a prompt may always have, at least 1.</param>
public sealed record PromptReplyTruncation(int MaximumLength, int LeastPrompt)
{
    /// <summary>Cuts both.</summary>
    /// <param name="prompt">Ids of the prompt.</param>
    /// <param name="reply">Ids of the reply.</param>
    /// <returns>The last ids of the prompt and the first ones of the reply.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The settings leave no room for a reply.</exception>
    public (int[] Prompt, int[] Reply) Cut(int[] prompt, int[] reply)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(reply);
        ArgumentOutOfRangeException.ThrowIfLessThan(LeastPrompt, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaximumLength, LeastPrompt);
        var limit = Math.Max(LeastPrompt, MaximumLength - reply.Length);
        return (prompt[Math.Max(0, prompt.Length - limit)..], reply[..Math.Min(reply.Length, MaximumLength - limit)]);
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

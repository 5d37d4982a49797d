namespace Repro.Core.Text.Chat;

/// <summary>
/// How reward models cut a prompt and its reply to length: the prompt keeps its last tokens, at least
/// <see cref="MinimumPrompt"/> of them, the reply its first.
/// </summary>
/// <param name="MaximumLength">Tokens of both together.</param>
/// <param name="MinimumPrompt">Tokens that the prompt may always take.</param>
public sealed record PairTruncation(int MaximumLength = 2048, int MinimumPrompt = 256)
{
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

namespace Repro.Core.Data.Collation;

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

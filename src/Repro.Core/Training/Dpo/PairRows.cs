using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Training.Dpo;

/// <summary>Preferences as token pairs. Only the last turn, its end token included, carries loss.</summary>
/// <param name="Tokenizer">Its begin token, where it has one, opens each text.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="MaxLength">Most tokens of prompt and response; null for any length.</param>
/// <param name="MaxPromptLength">Where a text is too long, the last tokens of the prompt that remain; then the end of the response is
/// cut.</param>
public sealed record PairRows(TextTokenizer Tokenizer, ChatTemplate Template, int? MaxLength = 1024, int MaxPromptLength = 512)
{
    /// <summary>All pairs of a group, ties left out.</summary>
    /// <param name="group">A prompt with ranked replies.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token of the template, the roles are out of order, or lengths leave no
    /// room.</exception>
    public IEnumerable<TokenPair> Pairs(PreferenceGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.Pairs().Select(pair => Pair(group.Prompt, group.Replies[pair.Better].Text, group.Replies[pair.Worse].Text));
    }

    /// <summary>One pair.</summary>
    /// <param name="prompt">Ends with a message of the user.</param>
    /// <param name="chosen">The preferred reply.</param>
    /// <param name="rejected">The rejected reply.</param>
    /// <exception cref="ReproException">As for <see cref="Pairs"/>.</exception>
    public TokenPair Pair(IReadOnlyList<ChatMessage> prompt, string chosen, string rejected)
    {
        if (MaxLength is { } most && (MaxPromptLength < 1 || MaxPromptLength >= most))
        {
            throw new ReproException(Invariant($"max_prompt_length must be from 1 to below max_length ({most}), was {MaxPromptLength}."));
        }

        var (first, second) = (Split(prompt, chosen), Split(prompt, rejected));
        // Both prompts are cut by the longer response, so that they stay the same.
        var longest = Math.Max(first.Prompt.Length + first.Response.Length, second.Prompt.Length + second.Response.Length);
        return new TokenPair(Cut(first, longest), Cut(second, longest));
    }

    private (int[] Prompt, int[] Response) Split(IReadOnlyList<ChatMessage> prompt, string reply)
    {
        var tokens = Template.Encode(Tokenizer, [.. prompt, new ChatMessage(ChatRole.Assistant, reply)]);
        bool Own(int place) => tokens.Messages[place] == prompt.Count && tokens.LossMask[place] != 0;
        var places = Enumerable.Range(0, tokens.Ids.Length).Where(Own).ToArray();
        if (places.Length == 0)
        {
            throw new ReproException("The template leaves nothing of the reply to learn.");
        }

        int[] before = tokens.Ids[..places[0]];
        return (Tokenizer.BeginOfText is { } begin && (before.Length == 0 || before[0] != begin) ? [begin, .. before] : before,
            tokens.Ids[places[0]..(places[^1] + 1)]);
    }

    private TokenRow Cut((int[] Prompt, int[] Response) text, int longest)
    {
        var (prompt, response) = text;
        if (MaxLength is { } most && longest > most)
        {
            prompt = prompt[Math.Max(0, prompt.Length - MaxPromptLength)..];
            response = response[..Math.Min(response.Length, most - prompt.Length)];
        }

        return new TokenRow([.. prompt, .. response], [.. prompt.Select(_ => false), .. response.Select(_ => true)]);
    }
}

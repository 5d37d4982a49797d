using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Tokenization;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>Preferences as token pairs. Only the last turn, its end token included, carries loss.</summary>
/// <param name="Tokenizer">Its begin token, where it has one, opens each text.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="MaxLength">Most tokens of prompt and response; null for any length.</param>
/// <param name="MaxPromptLength">Where a text is too long, the last tokens of the prompt that remain; then the end of the response is cut.</param>
public sealed record PairRows(TextTokenizer Tokenizer, ChatTemplate Template, int? MaxLength = 1024, int MaxPromptLength = 512)
{
    /// <summary>All pairs of a group, ties left out.</summary>
    /// <param name="group">A prompt with ranked replies.</param>
    /// <exception cref="ReproException">The tokenizer lacks a token of the template, the roles are out of order, or lengths leave no room.</exception>
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
        return (Tokenizer.Specials.Begin is { } begin && (before.Length == 0 || before[0] != begin) ? [begin, .. before] : before, tokens.Ids[places[0]..(places[^1] + 1)]);
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

/// <summary>
/// Token log-probabilities of preference pairs. Every tensor is [pairs, time]; index t belongs to some predicted token, the same one in all tensors of a side. Where
/// both responses share their prompt in one row the two sides are one tensor with different masks.
/// </summary>
/// <param name="PolicyChosen">Of the preferred texts under the policy; carries the gradient.</param>
/// <param name="PolicyRejected">Of the rejected texts under the policy; carries the gradient.</param>
/// <param name="ReferenceChosen">Of the preferred texts under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected texts under the reference.</param>
/// <param name="ChosenMask">bool, true on tokens of the preferred responses.</param>
/// <param name="RejectedMask">bool, true on tokens of the rejected responses.</param>
public sealed record PairTokens(
    Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected, Tensor ChosenMask, Tensor RejectedMask)
{
    /// <summary>Rewards of the tokens of the preferred texts, where something gives them.</summary>
    public Tensor? ChosenRewards { get; init; }

    /// <summary>Rewards of the tokens of the rejected texts, likewise.</summary>
    public Tensor? RejectedRewards { get; init; }

    /// <summary>Log-probabilities of whole responses, [pairs].</summary>
    public PairLogProbs Sums() => Reduced(Masked.SumPerRow);

    /// <summary>Average log-probabilities of the tokens of responses, [pairs].</summary>
    /// <exception cref="ReproException">A response is empty.</exception>
    public PairLogProbs Averages() => Reduced(Masked.MeanPerRow);

    private PairLogProbs Reduced(Func<Tensor, Tensor, Tensor> reduce) => new(
        reduce(PolicyChosen, ChosenMask), reduce(PolicyRejected, RejectedMask), reduce(ReferenceChosen, ChosenMask), reduce(ReferenceRejected, RejectedMask));
}

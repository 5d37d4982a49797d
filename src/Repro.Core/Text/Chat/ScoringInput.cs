namespace Repro.Core.Text.Chat;

/// <summary>
/// Builds what a reward model reads: prompt and reply are tokenized each for itself, so the begin token stands twice, at the start of the
/// prompt and at the start of the reply. The last token is the one whose output is the score.
/// </summary>
/// <param name="Tokenizer">Its <see cref="SpecialTokenIds.Begin"/>, where it has one, starts both halves.</param>
/// <param name="Template">Form of the turns.</param>
/// <param name="Truncation">How long pairs are cut.</param>
public sealed record ScoringInput(TextTokenizer Tokenizer, ChatMlTemplate Template, PairTruncation Truncation)
{
    /// <summary>The tokens of a prompt with one reply.</summary>
    /// <param name="prompt">Messages before the reply.</param>
    /// <param name="reply">Text of the assistant; its end token is added even if it was cut short when it was written.</param>
    /// <returns>Token ids [time].</returns>
    public int[] Build(IReadOnlyList<ChatMessage> prompt, string reply)
    {
        // A system message that the template adds belongs to the prompt alone.
        var replyTemplate = new ChatMlTemplate { EndsWithLineBreak = Template.EndsWithLineBreak };
        (int[] promptIds, int[] replyIds) = Truncation.Apply(
            WithBegin(Template.Encode(Tokenizer, prompt)),
            WithBegin(replyTemplate.Encode(Tokenizer, [new ChatMessage(ChatRole.Assistant, reply)])));
        return [.. promptIds, .. replyIds];
    }

    private int[] WithBegin(ChatTokens tokens) => Tokenizer.Specials.Begin is { } begin ? [begin, .. tokens.Ids] : tokens.Ids;
}

using System.Text;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>Turns parts of a conversation into tokens.</summary>
internal sealed class ChatEncoder(TextTokenizer tokenizer)
{
    private readonly List<int> _ids = [];
    private readonly List<byte> _mask = [];
    private readonly List<int> _messages = [];

    /// <summary>Encodes all parts.</summary>
    public ChatTokens Encode(IReadOnlyList<ChatPart> parts)
    {
        for (int i = 0; i < parts.Count;)
        {
            if (parts[i].IsSpecial)
            {
                int id = tokenizer.IdOf(parts[i].Text)
                    ?? throw new ReproException($"The tokenizer has no token '{parts[i].Text}', which the chat template needs.");
                Add(id, parts[i]);
                i++;
                continue;
            }

            int end = i;
            while (end < parts.Count && !parts[end].IsSpecial)
            {
                end++;
            }

            EncodeStretch(parts, i, end);
            i = end;
        }

        return new ChatTokens([.. _ids], [.. _mask], [.. _messages]);
    }

    // A token over the border of two parts belongs to the later one: what it adds to the text ends there.
    private void EncodeStretch(IReadOnlyList<ChatPart> parts, int first, int end)
    {
        var text = new StringBuilder();
        var ends = new int[end - first];
        int codePoints = 0;
        for (int i = first; i < end; i++)
        {
            text.Append(parts[i].Text);
            codePoints += CodePoints.Count(parts[i].Text);
            ends[i - first] = codePoints;
        }

        int part = 0;
        var spans = first == 0 ? tokenizer.EncodeSpans(text.ToString(), addSpecialTokens: false, specialTokensAsText: true)
            : tokenizer.EncodeFurther(text.ToString());
        foreach (TokenSpan span in spans)
        {
            while (part + 1 < ends.Length && span.End > ends[part])
            {
                part++;
            }

            Add(span.Id, parts[first + part]);
        }
    }

    private void Add(int id, ChatPart part)
    {
        _ids.Add(id);
        _mask.Add(part.CarriesLoss ? (byte)1 : (byte)0);
        _messages.Add(part.Message);
    }
}

/// <summary>A conversation as tokens.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="LossMask">1 where the token is one that the model learns to write, else 0 [time]; not shifted.</param>
/// <param name="Messages">Index of the message of each token [time], as in <see cref="ChatPart.Message"/>.</param>
public sealed record ChatTokens(int[] Ids, byte[] LossMask, int[] Messages);

/// <summary>
/// Builds what a reward model reads: prompt and reply are tokenized each for itself, so the begin token stands twice, at the start of the
/// prompt and at the start of the reply. The last token is the one whose output is the score.
/// </summary>
/// <param name="Tokenizer">Its <see cref="TextTokenizer.BeginOfText"/>, where it has one, starts both halves.</param>
/// <param name="Template">Form of the turns. Templates other than ChatML write prompt and reply as one text, as TRL does.</param>
/// <param name="Truncation">How long pairs are cut.</param>
public sealed record ScoringInput(TextTokenizer Tokenizer, ChatTemplate Template, PairTruncation Truncation)
{
    /// <summary>The tokens of a prompt with one reply.</summary>
    /// <param name="prompt">Messages before the reply.</param>
    /// <param name="reply">Text of the assistant; its end token is added even if it was cut short when it was written.</param>
    /// <returns>Token ids [time].</returns>
    public int[] Build(IReadOnlyList<ChatMessage> prompt, string reply) => Encode(prompt, reply).Ids;

    /// <summary>The tokens of a prompt with one reply, and whether some were cut.</summary>
    internal (int[] Ids, bool WasCut) Encode(IReadOnlyList<ChatMessage> prompt, string reply)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var answer = new ChatMessage(ChatRole.Assistant, reply);
        (int[] promptIds, int[] replyIds) = Template is ChatMlTemplate form ? Halves(form, prompt, answer) : Whole(prompt, answer);
        var (keptPrompt, keptReply) = Truncation.Apply(promptIds, replyIds);
        int[] ids = [.. keptPrompt, .. keptReply];
        return (ids, ids.Length < promptIds.Length + replyIds.Length);
    }

    private (int[] Prompt, int[] Reply) Halves(ChatMlTemplate form, IReadOnlyList<ChatMessage> prompt, ChatMessage reply)
    {
        // A system message that the template adds belongs to the prompt alone.
        var replyForm = new ChatMlTemplate { EndsWithLineBreak = form.EndsWithLineBreak };
        return (WithBegin(form.Encode(Tokenizer, prompt).Ids), WithBegin(replyForm.Encode(Tokenizer, [reply]).Ids));
    }

    private (int[] Prompt, int[] Reply) Whole(IReadOnlyList<ChatMessage> prompt, ChatMessage reply)
    {
        var tokens = Template.Encode(Tokenizer, [.. prompt, reply], lossFrom: prompt.Count);
        var start = Array.FindIndex(tokens.Messages, message => message == prompt.Count);
        start = start < 0 ? tokens.Ids.Length : start;
        return (Template.WritesBegin ? tokens.Ids[..start] : WithBegin(tokens.Ids[..start]), tokens.Ids[start..]);
    }

    private int[] WithBegin(int[] ids) =>
        Tokenizer.BeginOfText is { } begin && (Template is ChatMlTemplate || ids.Length == 0 || ids[0] != begin) ? [begin, .. ids] : ids;
}

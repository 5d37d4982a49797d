using System.Text;

namespace Repro.Core.Text.Chat;

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
        foreach (TokenSpan span in tokenizer.EncodeSpans(text.ToString(), addSpecialTokens: false, specialTokensAsText: true))
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

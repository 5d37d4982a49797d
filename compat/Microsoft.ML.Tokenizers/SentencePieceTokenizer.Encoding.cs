using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>Encoding of text.</summary>
public partial class SentencePieceTokenizer
{
    public IReadOnlyList<EncodedToken> EncodeToTokens(
        string text, out string? normalizedText, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Group> groups = EncodeGroups(text, addBeginningOfSentence, addEndOfSentence, considerNormalization, out normalizedText);
        return [.. groups.SelectMany(group => group.Tokens)];
    }

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        ReadOnlySpan<char> text, out string? normalizedText, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToTokens(text.ToString(), out normalizedText, addBeginningOfSentence, addEndOfSentence, considerPreTokenization, considerNormalization);

    public IReadOnlyList<int> EncodeToIds(
        string text, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(text, addBeginningOfSentence, addEndOfSentence, int.MaxValue, out _, out _, considerPreTokenization, considerNormalization);

    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(text.ToString(), addBeginningOfSentence, addEndOfSentence, considerPreTokenization, considerNormalization);

    public IReadOnlyList<int> EncodeToIds(
        string text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        int maxTokenCount,
        out string? normalizedText,
        out int charsConsumed,
        bool considerPreTokenization = true,
        bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokenCount, 1);
        var ids = new List<int>();
        charsConsumed = 0;
        int used = 0;
        foreach (Group group in EncodeGroups(text, addBeginningOfSentence, addEndOfSentence, considerNormalization, out normalizedText))
        {
            // A known flaw that callers see: the bytes of one character must fit, but then take nothing from the limit.
            if (used + group.Tokens.Count > maxTokenCount)
            {
                break;
            }

            used += group.Tokens.Count == 1 ? 1 : 0;
            ids.AddRange(group.Tokens.Select(token => token.Id));
            charsConsumed = group.End;
        }

        return ids;
    }

    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        int maxTokenCount,
        out string? normalizedText,
        out int charsConsumed,
        bool considerPreTokenization = true,
        bool considerNormalization = true) =>
        EncodeToIds(text.ToString(), addBeginningOfSentence, addEndOfSentence, maxTokenCount, out normalizedText, out charsConsumed, considerPreTokenization, considerNormalization);

    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        IReadOnlyList<EncodedToken> tokens = EncodeToTokens(
            text ?? textSpan.ToString(), out string? normalized, AddBeginningOfSentence, AddEndOfSentence, settings.ConsiderPreTokenization, settings.ConsiderNormalization);
        EncodedToken[] some = [.. tokens.Take(settings.MaxTokenCount)];
        return new EncodeResults<EncodedToken>
        {
            Tokens = some,
            NormalizedText = normalized,
            CharsConsumed = some.Length == tokens.Count ? normalized!.Length : some.Length == 0 ? 0 : some[^1].Offset.End.Value,
        };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        IReadOnlyList<int> ids = EncodeToIds(
            text ?? textSpan.ToString(),
            AddBeginningOfSentence,
            AddEndOfSentence,
            settings.MaxTokenCount,
            out string? normalized,
            out int consumed,
            settings.ConsiderPreTokenization,
            settings.ConsiderNormalization);
        return new EncodeResults<int> { Tokens = ids, NormalizedText = normalized, CharsConsumed = consumed };
    }

    // Tokens that stand or fall together: the bytes of one character, or a single token.
    private List<Group> EncodeGroups(string text, bool addBegin, bool addEnd, bool normalize, out string normalized)
    {
        normalized = normalize ? Normalizer!.Normalize(text) : text;
        var groups = new List<Group>();
        if (text.Length == 0)
        {
            return groups;
        }

        if (addBegin)
        {
            groups.Add(new Group([new EncodedToken(BeginningOfSentenceId, BeginningOfSentenceToken, 0..0)], 0, 0));
        }

        foreach ((int start, int end, bool special) in Tokenizers.SpecialTokens.Cut(normalized, _specials))
        {
            string part = normalized[start..end];
            if (special)
            {
                groups.Add(new Group([new EncodedToken(SpecialTokens![part], part, start..end)], start, end));
                continue;
            }

            foreach ((int first, int last) in _merger.Merge(part))
            {
                AddPiece(part, first, last, start, groups);
            }
        }

        if (addEnd)
        {
            groups.Add(new Group([new EncodedToken(EndOfSentenceId, EndOfSentenceToken, normalized.Length..normalized.Length)], normalized.Length, normalized.Length));
        }

        return groups;
    }

    // Offsets count from the start of the stretch between special tokens.
    private void AddPiece(string part, int first, int last, int start, List<Group> groups)
    {
        string piece = part[first..last];
        if (_merger.TryGetId(piece, out int id))
        {
            groups.Add(new Group([new EncodedToken(id, piece, first..last)], start + first, start + last));
            return;
        }

        if (!ByteFallback)
        {
            groups.Add(new Group([new EncodedToken(UnknownId, UnknownToken, first..last)], start + first, start + last));
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(piece);
        EncodedToken[] tokens =
        [
            .. bytes.Select((value, i) =>
            {
                string token = $"<0x{value:X2}>";
                return new EncodedToken(_vocabulary[token], token, i == 0 ? first..last : first..first);
            }),
        ];
        groups.Add(new Group(tokens, start + first, start + last));
    }

    private sealed record Group(IReadOnlyList<EncodedToken> Tokens, int Start, int End);
}

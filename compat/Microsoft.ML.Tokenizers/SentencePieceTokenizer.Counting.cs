namespace Microsoft.ML.Tokenizers;

/// <summary>Counting of tokens and how far they reach.</summary>
public partial class SentencePieceTokenizer
{
    public int CountTokens(
        string text, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToTokens(text, out _, addBeginningOfSentence, addEndOfSentence, considerPreTokenization, considerNormalization).Count;

    public int CountTokens(
        ReadOnlySpan<char> text, bool addBeginningOfSentence, bool addEndOfSentence, bool considerPreTokenization = true, bool considerNormalization = true) =>
        CountTokens(text.ToString(), addBeginningOfSentence, addEndOfSentence, considerPreTokenization, considerNormalization);

    public int CountTokens(
        string text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        bool considerPreTokenization,
        bool considerNormalization,
        out string? normalizedText,
        out int charsConsumed,
        int maxTokenCount = int.MaxValue)
    {
        charsConsumed = Index(text, addBeginningOfSentence, addEndOfSentence, maxTokenCount, false, considerNormalization, out normalizedText, out int count);
        return count;
    }

    public int CountTokens(
        ReadOnlySpan<char> text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        bool considerPreTokenization,
        bool considerNormalization,
        out string? normalizedText,
        out int charsConsumed,
        int maxTokenCount = int.MaxValue) =>
        CountTokens(text.ToString(), addBeginningOfSentence, addEndOfSentence, considerPreTokenization, considerNormalization, out normalizedText, out charsConsumed, maxTokenCount);

    public int GetIndexByTokenCount(
        string text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        int maxTokenCount,
        out string? normalizedText,
        out int tokenCount,
        bool considerPreTokenization = true,
        bool considerNormalization = true) =>
        Index(text, addBeginningOfSentence, addEndOfSentence, maxTokenCount, false, considerNormalization, out normalizedText, out tokenCount);

    public int GetIndexByTokenCount(
        ReadOnlySpan<char> text,
        bool addBeginningOfSentence,
        bool addEndOfSentence,
        int maxTokenCount,
        out string? normalizedText,
        out int tokenCount,
        bool considerPreTokenization = true,
        bool considerNormalization = true) =>
        Index(text.ToString(), addBeginningOfSentence, addEndOfSentence, maxTokenCount, false, considerNormalization, out normalizedText, out tokenCount);

    public int GetIndexByTokenCountFromEnd(
        string text, bool addBeginningOfSentence, bool addEndOfSentence, int maxTokenCount, bool considerNormalization, out string? normalizedText, out int tokenCount) =>
        Index(text, addBeginningOfSentence, addEndOfSentence, maxTokenCount, true, considerNormalization, out normalizedText, out tokenCount);

    public int GetIndexByTokenCountFromEnd(
        ReadOnlySpan<char> text, bool addBeginningOfSentence, bool addEndOfSentence, int maxTokenCount, bool considerNormalization, out string? normalizedText, out int tokenCount) =>
        Index(text.ToString(), addBeginningOfSentence, addEndOfSentence, maxTokenCount, true, considerNormalization, out normalizedText, out tokenCount);

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        Index(text ?? textSpan.ToString(), AddBeginningOfSentence, AddEndOfSentence, settings.MaxTokenCount, false, settings.ConsiderNormalization, out _, out int count);
        return count;
    }

    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount) =>
        Index(
            text ?? textSpan.ToString(),
            AddBeginningOfSentence,
            AddEndOfSentence,
            settings.MaxTokenCount,
            fromEnd,
            settings.ConsiderNormalization,
            out normalizedText,
            out tokenCount);

    private int Index(
        string text, bool addBegin, bool addEnd, int most, bool fromEnd, bool normalize, out string? normalizedText, out int tokenCount)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        List<Group> groups = EncodeGroups(text, addBegin, addEnd, normalize, out normalizedText);
        tokenCount = 0;
        int index = fromEnd ? normalizedText.Length : 0;
        if (!fromEnd)
        {
            foreach (Group group in groups)
            {
                if (tokenCount + group.Tokens.Count > most)
                {
                    return index;
                }

                tokenCount += group.Tokens.Count;
                index = group.End;
            }

            return index;
        }

        int begin = addBegin && groups.Count > 0 ? 1 : 0;
        for (int i = groups.Count - 1; i >= begin && tokenCount + groups[i].Tokens.Count <= most; i--)
        {
            tokenCount += groups[i].Tokens.Count;
            index = groups[i].Start;
        }

        // The begin token is counted where there is room for it, also when not all of the text is taken.
        tokenCount += begin == 1 && tokenCount < most ? 1 : 0;
        return index;
    }
}

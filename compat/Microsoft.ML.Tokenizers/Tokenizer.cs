using System.Buffers;

namespace Microsoft.ML.Tokenizers;

/// <summary>Turns text into token ids and back.</summary>
public abstract class Tokenizer
{
    protected Tokenizer()
    {
    }

    public virtual Normalizer? Normalizer => null;

    public virtual PreTokenizer? PreTokenizer => null;

    public IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, int.MaxValue)).Tokens;
    }

    public IReadOnlyList<int> EncodeToIds(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(null, text, Settings(considerPreTokenization, considerNormalization, int.MaxValue)).Tokens;

    public IReadOnlyList<int> EncodeToIds(
        string text, int maxTokenCount, out string? normalizedText, out int charsConsumed, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text, text, maxTokenCount, out normalizedText, out charsConsumed, considerPreTokenization, considerNormalization);
    }

    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int charsConsumed, bool considerPreTokenization = true, bool considerNormalization = true) =>
        EncodeToIds(null, text, maxTokenCount, out normalizedText, out charsConsumed, considerPreTokenization, considerNormalization);

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        string text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        EncodeResults<EncodedToken> result = EncodeToTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, int.MaxValue));
        normalizedText = result.NormalizedText!;
        return result.Tokens;
    }

    public IReadOnlyList<EncodedToken> EncodeToTokens(
        ReadOnlySpan<char> text, out string? normalizedText, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        EncodeResults<EncodedToken> result = EncodeToTokens(null, text, Settings(considerPreTokenization, considerNormalization, int.MaxValue));
        normalizedText = result.NormalizedText!;
        return result.Tokens;
    }

    public int CountTokens(string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return CountTokens(text, text.AsSpan(), Settings(considerPreTokenization, considerNormalization, int.MaxValue));
    }

    public int CountTokens(ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        CountTokens(null, text, Settings(considerPreTokenization, considerNormalization, int.MaxValue));

    public int GetIndexByTokenCount(
        string text, int maxTokenCount, out string? normalizedText, out int tokenCount, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Index(text, text, maxTokenCount, fromEnd: false, out normalizedText, out tokenCount, considerPreTokenization, considerNormalization);
    }

    public int GetIndexByTokenCount(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount, bool considerPreTokenization = true, bool considerNormalization = true) =>
        Index(null, text, maxTokenCount, fromEnd: false, out normalizedText, out tokenCount, considerPreTokenization, considerNormalization);

    public int GetIndexByTokenCountFromEnd(
        string text, int maxTokenCount, out string? normalizedText, out int tokenCount, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Index(text, text, maxTokenCount, fromEnd: true, out normalizedText, out tokenCount, considerPreTokenization, considerNormalization);
    }

    public int GetIndexByTokenCountFromEnd(
        ReadOnlySpan<char> text, int maxTokenCount, out string? normalizedText, out int tokenCount, bool considerPreTokenization = true, bool considerNormalization = true) =>
        Index(null, text, maxTokenCount, fromEnd: true, out normalizedText, out tokenCount, considerPreTokenization, considerNormalization);

    public virtual string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        for (int size = 64 + (all.Length * 8); ; size *= 2)
        {
            var buffer = new char[size];
            OperationStatus status = Decode(all, buffer, out _, out int written);
            if (status == OperationStatus.Done)
            {
                return new string(buffer, 0, written);
            }

            if (status != OperationStatus.DestinationTooSmall)
            {
                throw new InvalidOperationException($"The ids cannot be decoded: {status}.");
            }
        }
    }

    public abstract OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten);

    protected virtual EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        EncodeResults<EncodedToken> result = EncodeToTokens(text, textSpan, settings);
        return new EncodeResults<int>
        {
            Tokens = [.. result.Tokens.Select(token => token.Id)],
            NormalizedText = result.NormalizedText,
            CharsConsumed = result.CharsConsumed,
        };
    }

    protected abstract EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings);

    protected virtual int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToTokens(text, textSpan, settings).Tokens.Count;

    protected virtual int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        int most = settings.MaxTokenCount;
        settings.MaxTokenCount = int.MaxValue;
        EncodeResults<EncodedToken> result = EncodeToTokens(text, textSpan, settings);
        normalizedText = result.NormalizedText!;
        int length = (result.NormalizedText ?? text)?.Length ?? textSpan.Length;
        return TokenLimits.Index([.. result.Tokens.Select(token => token.Offset)], length, most, fromEnd, out tokenCount);
    }

    private static EncodeSettings Settings(bool preTokenize, bool normalize, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return new EncodeSettings { ConsiderPreTokenization = preTokenize, ConsiderNormalization = normalize, MaxTokenCount = most };
    }

    private List<int> EncodeToIds(
        string? text, ReadOnlySpan<char> span, int most, out string? normalizedText, out int charsConsumed, bool preTokenize, bool normalize)
    {
        EncodeResults<int> result = EncodeToIds(text, span, Settings(preTokenize, normalize, most));
        normalizedText = result.NormalizedText!;
        charsConsumed = result.CharsConsumed;
        return [.. result.Tokens];
    }

    private int Index(
        string? text, ReadOnlySpan<char> span, int most, bool fromEnd, out string? normalizedText, out int tokenCount, bool preTokenize, bool normalize) =>
        GetIndexByTokenCount(text, span, Settings(preTokenize, normalize, most), fromEnd, out normalizedText, out tokenCount);
}

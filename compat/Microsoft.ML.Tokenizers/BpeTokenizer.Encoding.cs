using System.Text;

namespace Microsoft.ML.Tokenizers;

/// <summary>Encoding of text.</summary>
public sealed partial class BpeTokenizer
{
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        List<EncodedToken> tokens = EncodeAll(text ?? textSpan.ToString(), settings, out string? normalized, out int length);
        return new EncodeResults<EncodedToken>
        {
            NormalizedText = normalized,
            CharsConsumed = TokenLimits.Index([.. tokens.Select(token => token.Offset)], length, settings.MaxTokenCount, fromEnd: false, out int count),
            Tokens = tokens[..count],
        };
    }

    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        EncodeResults<EncodedToken> result = EncodeToTokens(text, textSpan, settings);
        return new EncodeResults<int>
        {
            NormalizedText = result.NormalizedText,
            CharsConsumed = result.CharsConsumed,
            Tokens = [.. result.Tokens.Select(token => token.Id)],
        };
    }

    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        EncodeToTokens(text, textSpan, settings).Tokens.Count;

    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        List<EncodedToken> tokens = EncodeAll(text ?? textSpan.ToString(), settings, out string? normalized, out int length);
        normalizedText = normalized!;
        return TokenLimits.Index([.. tokens.Select(token => token.Offset)], length, settings.MaxTokenCount, fromEnd, out tokenCount);
    }

    private List<EncodedToken> EncodeAll(string text, EncodeSettings settings, out string? normalized, out int length)
    {
        normalized = settings.ConsiderNormalization && Normalizer != null ? Normalizer.Normalize(text) : null;
        string source = normalized ?? text;
        length = source.Length;
        var tokens = new List<EncodedToken>();
        if (source.Length == 0)
        {
            return tokens;
        }

        if (_beginId is { } begin)
        {
            tokens.Add(new EncodedToken(begin, BeginningOfSentenceToken!, 0..0));
        }

        foreach ((int start, int end, bool special) in Tokenizers.SpecialTokens.Cut(source, _specials))
        {
            if (special)
            {
                string token = source[start..end];
                tokens.Add(new EncodedToken(SpecialTokens![token], token, start..end));
                continue;
            }

            if (!settings.ConsiderPreTokenization || PreTokenizer == null)
            {
                EncodeWord(source.AsSpan(start, end - start), start, tokens);
                continue;
            }

            foreach ((int offset, int size) in PreTokenizer.PreTokenize(source[start..end]))
            {
                EncodeWord(source.AsSpan(start + offset, size), start + offset, tokens);
            }
        }

        if (_endId is { } endId)
        {
            tokens.Add(new EncodedToken(endId, _endToken!, source.Length..source.Length));
        }

        return tokens;
    }

    private void EncodeWord(ReadOnlySpan<char> word, int offset, List<EncodedToken> tokens)
    {
        var symbols = new List<(int Id, int Length)>();
        List<int> places = ByteLevel ? ByteSymbols(word, symbols) : CharacterSymbols(word, symbols);
        _merges.Apply(symbols);
        int element = 0;
        foreach ((int id, int length) in symbols)
        {
            // The last element counts one unit, also where it is the first half of a character of two.
            tokens.Add(new EncodedToken(id, _tokens[id], (offset + places[element])..(offset + places[element + length - 1] + 1)));
            element += length;
        }
    }

    // The unit of the word that each byte belongs to.
    private List<int> ByteSymbols(ReadOnlySpan<char> word, List<(int Id, int Length)> symbols)
    {
        var places = new List<int>();
        Span<byte> bytes = stackalloc byte[4];
        for (int unit = 0; unit < word.Length;)
        {
            Rune.DecodeFromUtf16(word[unit..], out Rune rune, out int size);
            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                if (_vocabulary.TryGetValue(ByteCharacters.Of(value).ToString(), out int id) || TryUnknown(out id))
                {
                    symbols.Add((id, 1));
                    places.Add(unit);
                }
            }

            unit += size;
        }

        return places;
    }

    private List<int> CharacterSymbols(ReadOnlySpan<char> word, List<(int Id, int Length)> symbols)
    {
        var places = new List<int>();
        for (int unit = 0; unit < word.Length; unit++)
        {
            string token = (unit > 0 ? ContinuingSubwordPrefix : "") + word[unit] + (unit == word.Length - 1 ? EndOfWordSuffix : "");
            if (_vocabulary.TryGetValue(token, out int id))
            {
                symbols.Add((id, 1));
                places.Add(unit);
            }
            else if (TryUnknown(out id))
            {
                if (FuseUnknownTokens && symbols.Count > 0 && symbols[^1].Id == id)
                {
                    symbols[^1] = (id, symbols[^1].Length + 1);
                }
                else
                {
                    symbols.Add((id, 1));
                }

                places.Add(unit);
            }
        }

        return places;
    }

    private bool TryUnknown(out int id)
    {
        id = _unknownId ?? -1;
        return id >= 0;
    }
}

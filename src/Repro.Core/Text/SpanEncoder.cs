using Repro.Core.Text.Bpe;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text;

/// <summary>Encodes one text with offsets: the same steps as <see cref="BpeTextTokenizer.EncodeIds"/>, keeping the alignment to the original.</summary>
internal sealed class SpanEncoder(BpeTextTokenizer tokenizer, bool specialTokensAsText, List<TokenSpan> spans)
{
    private readonly List<(int Start, int End)> _pieces = [];

    /// <summary>Appends the tokens of a text without unpaired surrogates.</summary>
    public void Encode(string text)
    {
        AlignedText whole = AlignedText.Identity(text, 0);
        Split(whole, tokenizer.Added.Raw(specialTokensAsText), stretch =>
        {
            AlignedText normalized = tokenizer.TextNormalizer?.Apply(stretch) ?? stretch;
            Split(normalized, tokenizer.Added.Normalized(specialTokensAsText), EncodeWords);
        });
    }

    private void Split(AlignedText text, AddedTokenFinder? finder, Action<AlignedText> encodeStretch)
    {
        if (text.Text.Length == 0)
        {
            return;
        }

        if (finder == null)
        {
            encodeStretch(text);
            return;
        }

        int from = 0;
        int searchFrom = 0;
        while (from < text.Text.Length)
        {
            AddedToken? token = finder.Next(text.Text, from, ref searchFrom, out int start, out int end);
            if (start > from)
            {
                encodeStretch(text.Slice(from, start));
            }

            if (token != null)
            {
                spans.Add(new TokenSpan(token.Id, token.Content, text.Starts[start], text.Ends[end - 1]));
            }

            from = end;
        }
    }

    private void EncodeWords(AlignedText text)
    {
        if (tokenizer.PreTokenizerStep is { AddsPrefixSpace: true } && text.Text[0] != ' ')
        {
            text = text.Prepend(" ");
        }

        _pieces.Clear();
        tokenizer.Cut(text.Text, _pieces);
        foreach ((int start, int end) in _pieces)
        {
            EncodeWord(text, start, end);
        }
    }

    private void EncodeWord(AlignedText text, int start, int end)
    {
        ReadOnlySpan<char> word = text.Text.AsSpan(start, end - start);
        var ids = new int[BpeModel.MostSymbols(word)];
        var lengths = new int[ids.Length];
        int count = tokenizer.Model.Encode(word, ids, lengths);
        int unit = start;
        int unitBytes = 0;
        int consumed = 0;
        for (int i = 0; i < count; i++)
        {
            // A token that ends or begins inside a character stands for the whole of it.
            unit = Advance(text.Text, unit, ref unitBytes, consumed);
            int first = unit;
            consumed += lengths[i];
            int last = Advance(text.Text, unit, ref unitBytes, consumed - 1);
            unit = last;
            string token = tokenizer.TokenOf(ids[i])!;
            (int Start, int End) offset = (text.Starts[first], text.Ends[last]);
            if (tokenizer.PostProcessor.TrimOffsets)
            {
                offset = Trim(token, offset);
            }

            spans.Add(new TokenSpan(ids[i], token, offset.Start, offset.End));
        }
    }

    // Moves on to the character that holds byte number `target` of the word; `bytesBefore` are the bytes before that character.
    private static int Advance(string text, int unit, ref int bytesBefore, int target)
    {
        while (true)
        {
            int size = CodePoints.Utf8Length(CodePoints.At(text, unit, out int length));
            if (bytesBefore + size > target || unit + length >= text.Length)
            {
                return unit;
            }

            bytesBefore += size;
            unit += length;
        }
    }

    // Spaces are one code point each; at the start of the text one of them counts as the added prefix.
    private (int Start, int End) Trim(string token, (int Start, int End) offset)
    {
        int leading = 0;
        while (leading < token.Length && IsSpace(token[leading]))
        {
            leading++;
        }

        int trailing = 0;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
        {
            trailing++;
        }

        if (leading > 0 && offset.Start == 0 && tokenizer.PostProcessor.KeepsPrefixSpace)
        {
            leading--;
        }

        int start = Math.Min(offset.Start + leading, offset.End);
        return (start, offset.End >= trailing ? Math.Max(offset.End - trailing, start) : offset.End);
    }

    private static bool IsSpace(char c) => c == ByteAlphabet.ToChar((byte)' ') || char.IsWhiteSpace(c);
}

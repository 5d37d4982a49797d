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
            int spanStart = text.Starts[first];
            int spanEnd = text.Ends[last];
            if (tokenizer.PostProcessor.TrimOffsets)
            {
                (first, last) = Trim(text.Text, first, last);
                spanStart = text.Starts[first];
                spanEnd = last < first ? spanStart : text.Ends[last];
            }

            spans.Add(new TokenSpan(ids[i], tokenizer.TokenOf(ids[i])!, spanStart, spanEnd));
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

    private static (int First, int Last) Trim(string text, int first, int last)
    {
        int start = first;
        while (start <= last && CodePoints.IsSpace(text[start]))
        {
            start++;
        }

        if (start > last)
        {
            return (last, last - 1);
        }

        while (last > start && CodePoints.IsSpace(text[last]))
        {
            last--;
        }

        return (start, last);
    }
}

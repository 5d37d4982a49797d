using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>The pieces of <see cref="PreTokenizerPatterns.Gpt2"/>.</summary>
internal sealed class Gpt2Scanner : PieceScanner
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'')
        {
            int end = Contraction(text, start);
            if (end > start)
            {
                return end;
            }
        }

        int i = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        int codePoint = CodePoints.At(text, i, out int length);
        if (CodePoints.IsLetter(codePoint))
        {
            return Letters(text, i + length);
        }

        if (CodePoints.IsNumber(codePoint))
        {
            return Numbers(text, i + length, int.MaxValue);
        }

        return CodePoints.IsSpace(codePoint) ? Spaces(text, start) : Others(text, i + length);
    }

    private static int Contraction(ReadOnlySpan<char> text, int start)
    {
        char first = start + 1 < text.Length ? text[start + 1] : '\0';
        char second = start + 2 < text.Length ? text[start + 2] : '\0';
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => start + 2,
            ('r' or 'v', 'e') or ('l', 'l') => start + 3,
            _ => start,
        };
    }
}

using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>The pieces of <see cref="PreTokenizerPatterns.Qwen2"/> and <see cref="PreTokenizerPatterns.Llama3"/>.</summary>
/// <param name="digits">Longest group of digits.</param>
internal sealed class TiktokenScanner(int digits) : PieceScanner
{
    /// <inheritdoc/>
    public override int Next(ReadOnlySpan<char> text, int start)
    {
        int codePoint = CodePoints.At(text, start, out int length);
        if (codePoint == '\'')
        {
            int end = Contraction(text, start);
            if (end > start)
            {
                return end;
            }
        }

        int next = start + length;
        if (CodePoints.IsLetter(codePoint))
        {
            return Letters(text, next);
        }

        if (CodePoints.IsNumber(codePoint))
        {
            return Numbers(text, start, digits);
        }

        int following = next < text.Length ? CodePoints.At(text, next, out _) : -1;
        if (following >= 0 && codePoint is not ('\r' or '\n') && CodePoints.IsLetter(following))
        {
            return Letters(text, next);
        }

        if (CodePoints.IsOther(codePoint) || (codePoint == ' ' && following >= 0 && CodePoints.IsOther(following)))
        {
            int end = Others(text, next);
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                end++;
            }

            return end;
        }

        // \s*[\r\n]+ reaches to the last line break of the run.
        int run = SpaceRun(text, start);
        int lineBreak = text[start..run].LastIndexOfAny('\r', '\n');
        return lineBreak >= 0 ? start + lineBreak + 1 : Spaces(text, start);
    }

    private static int Contraction(ReadOnlySpan<char> text, int start)
    {
        char first = start + 1 < text.Length ? (char)(text[start + 1] | 0x20) : '\0';
        char second = start + 2 < text.Length ? (char)(text[start + 2] | 0x20) : '\0';
        if (first is 's' or 't' or 'm' or 'd' || text[start..].StartsWith("'\u017F"))
        {
            return start + 2;
        }

        return (first, second) is ('r' or 'v', 'e') or ('l', 'l') ? start + 3 : start;
    }
}

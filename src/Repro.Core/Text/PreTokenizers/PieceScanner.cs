using System.Runtime.CompilerServices;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>Walks over a text from piece to piece, leaving no gap; a hand-written equal of one regular expression.</summary>
internal abstract class PieceScanner
{
    /// <summary>End of the piece that starts at <paramref name="start"/>, always beyond it.</summary>
    public abstract int Next(ReadOnlySpan<char> text, int start);

    /// <summary>The scanner for a pattern, or null where there is none.</summary>
    public static PieceScanner? For(string pattern) => pattern switch
    {
        PreTokenizerPatterns.Gpt2 => new Gpt2Scanner(),
        PreTokenizerPatterns.Qwen2 => new TiktokenScanner(1),
        PreTokenizerPatterns.Llama3 => new TiktokenScanner(3),
        _ => null,
    };

    /// <summary>End of the run of letters at <paramref name="i"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static int Letters(ReadOnlySpan<char> text, int i)
    {
        while (i < text.Length && CodePoints.IsLetter(CodePoints.At(text, i, out int length)))
        {
            i += length;
        }

        return i;
    }

    /// <summary>End of the run of numbers at <paramref name="i"/>, at most <paramref name="most"/> code points.</summary>
    protected static int Numbers(ReadOnlySpan<char> text, int i, int most)
    {
        for (int count = 0; count < most && i < text.Length && CodePoints.IsNumber(CodePoints.At(text, i, out int length)); count++)
        {
            i += length;
        }

        return i;
    }

    /// <summary>End of the run of characters that are no letter, number or white space.</summary>
    protected static int Others(ReadOnlySpan<char> text, int i)
    {
        while (i < text.Length && CodePoints.IsOther(CodePoints.At(text, i, out int length)))
        {
            i += length;
        }

        return i;
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c> at a white-space character: the whole run at the end of the text, else all but its last character
    /// (which goes to the next piece), else the one character.
    /// </summary>
    protected static int Spaces(ReadOnlySpan<char> text, int start)
    {
        int end = SpaceRun(text, start);
        return end == text.Length || end == start + 1 ? end : end - 1;
    }

    /// <summary>End of the run of white space; all such characters are single units.</summary>
    protected static int SpaceRun(ReadOnlySpan<char> text, int i)
    {
        while (i < text.Length && CodePoints.IsSpace(text[i]))
        {
            i++;
        }

        return i;
    }
}

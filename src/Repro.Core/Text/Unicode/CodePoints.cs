using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Repro.Core.Text.Unicode;

/// <summary>
/// Classes of whole code points, also beyond U+FFFF where <see cref="System.Text.RegularExpressions.Regex"/> sees halves.
/// Categories are those of the running .NET; they need no ICU.
/// </summary>
internal static class CodePoints
{
    private const byte Letter = 1;
    private const byte Number = 2;
    private const byte Space = 4;

    private static readonly byte[] _ascii = CreateAscii();

    /// <summary>General category L (<c>\p{L}</c>).</summary>
    public static bool IsLetter(int codePoint) => (Class(codePoint) & Letter) != 0;

    /// <summary>General category N (<c>\p{N}</c>).</summary>
    public static bool IsNumber(int codePoint) => (Class(codePoint) & Number) != 0;

    /// <summary>Property White_Space (<c>\s</c>): U+0009..U+000D, U+0085 and category Z; not U+200B or U+FEFF.</summary>
    public static bool IsSpace(int codePoint) => (Class(codePoint) & Space) != 0;

    /// <summary>Neither letter nor number nor white space (<c>[^\s\p{L}\p{N}]</c>).</summary>
    public static bool IsOther(int codePoint) => Class(codePoint) == 0;

    /// <summary>Word character of Unicode regular expressions (<c>\w</c>): letters, marks, decimal digits, letter numbers, connectors, joiners, circled letters.</summary>
    public static bool IsWord(int codePoint)
    {
        switch (CharUnicodeInfo.GetUnicodeCategory(codePoint))
        {
            case UnicodeCategory.UppercaseLetter:
            case UnicodeCategory.LowercaseLetter:
            case UnicodeCategory.TitlecaseLetter:
            case UnicodeCategory.ModifierLetter:
            case UnicodeCategory.OtherLetter:
            case UnicodeCategory.NonSpacingMark:
            case UnicodeCategory.SpacingCombiningMark:
            case UnicodeCategory.EnclosingMark:
            case UnicodeCategory.DecimalDigitNumber:
            case UnicodeCategory.LetterNumber:
            case UnicodeCategory.ConnectorPunctuation:
                return true;
            default:
                return codePoint is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
                    or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
        }
    }

    /// <summary>The code point at <paramref name="index"/> and its length in UTF-16 units; an unpaired surrogate counts as U+FFFD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        char c = text[index];
        if (!char.IsSurrogate(c))
        {
            length = 1;
            return c;
        }

        return SurrogateAt(text, index, out length);
    }

    /// <summary>The code point that ends before <paramref name="end"/>; an unpaired surrogate counts as U+FFFD.</summary>
    public static int Before(ReadOnlySpan<char> text, int end)
    {
        char c = text[end - 1];
        if (char.IsLowSurrogate(c) && end > 1 && char.IsHighSurrogate(text[end - 2]))
        {
            return char.ConvertToUtf32(text[end - 2], c);
        }

        return char.IsSurrogate(c) ? 0xFFFD : c;
    }

    /// <summary>Number of bytes of the code point in UTF-8.</summary>
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Number of code points; an unpaired surrogate is one.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; count++)
        {
            At(text, i, out int length);
            i += length;
        }

        return count;
    }

    /// <summary>The text with every unpaired surrogate replaced by U+FFFD; the same string where there is none.</summary>
    public static string Scrub(string text)
    {
        int first = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
        {
            return text;
        }

        StringBuilder? copy = null;
        for (int i = first; i < text.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length);
            if (status != OperationStatus.Done && copy == null)
            {
                copy = new StringBuilder(text.Length).Append(text, 0, i);
            }

            copy?.Append(rune.ToString());
            i += length;
        }

        return copy?.ToString() ?? text;
    }

    private static byte Class(int codePoint) => codePoint < 128 ? _ascii[codePoint] : Classify(codePoint);

    private static int SurrogateAt(ReadOnlySpan<char> text, int index, out int length)
    {
        if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(text[index], text[index + 1]);
        }

        length = 1;
        return 0xFFFD;
    }

    private static byte Classify(int codePoint)
    {
        switch (CharUnicodeInfo.GetUnicodeCategory(codePoint))
        {
            case UnicodeCategory.UppercaseLetter:
            case UnicodeCategory.LowercaseLetter:
            case UnicodeCategory.TitlecaseLetter:
            case UnicodeCategory.ModifierLetter:
            case UnicodeCategory.OtherLetter:
                return Letter;
            case UnicodeCategory.DecimalDigitNumber:
            case UnicodeCategory.LetterNumber:
            case UnicodeCategory.OtherNumber:
                return Number;
            case UnicodeCategory.SpaceSeparator:
            case UnicodeCategory.LineSeparator:
            case UnicodeCategory.ParagraphSeparator:
                return Space;
            default:
                return codePoint is (>= 9 and <= 13) or 0x85 ? Space : (byte)0;
        }
    }

    private static byte[] CreateAscii()
    {
        var table = new byte[128];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = Classify(i);
        }

        return table;
    }
}

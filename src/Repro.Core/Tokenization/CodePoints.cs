using System.Globalization;
using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>
/// Whole code points of UTF-16 text. The methods other than <see cref="Scrub"/> expect text without unpaired surrogates. Categories are
/// .NET's own; they need no ICU.
/// </summary>
internal static class CodePoints
{
    /// <summary>Number of UTF-16 units of the code point at <paramref name="index"/>: 1 or 2.</summary>
    public static int Length(ReadOnlySpan<char> text, int index) => char.IsHighSurrogate(text[index]) && index + 1 < text.Length ? 2 : 1;

    /// <summary>Number of code points.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i += Length(text, i))
        {
            count++;
        }

        return count;
    }

    /// <summary>The text with every unpaired surrogate replaced by U+FFFD; the same string where there is none.</summary>
    public static string Scrub(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    /// <summary>
    /// Word character of Unicode regular expressions (<c>\w</c>): letters, marks, decimal digits, letter numbers, connectors, joiners,
    /// circled letters. The package does not look at the neighbours of a special token at all.
    /// </summary>
    public static bool IsWord(Rune rune)
    {
        switch (Rune.GetUnicodeCategory(rune))
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
                return rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149)
                    or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
        }
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>
/// A .NET regular expression that sees whole code points. The text is first written with one unit for each code point: those
/// beyond U+FFFF become a rare character of the same general category, so classes such as <c>\p{L}</c> match them as they should.
/// A pattern that names such a character itself is refused.
/// </summary>
internal sealed class CodePointRegex
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);

    private readonly string _pattern;
    private readonly Regex _regex;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ReproException">It is no regular expression, or holds characters beyond U+FFFF.</exception>
    public CodePointRegex(string pattern)
    {
        if (pattern.Any(char.IsSurrogate))
        {
            throw new ReproException($"Split pattern '{pattern}': characters beyond U+FFFF cannot be used in the pattern.");
        }

        try
        {
            _pattern = pattern;
            _regex = new Regex(pattern, RegexOptions.CultureInvariant, _limit);
        }
        catch (ArgumentException e)
        {
            throw new ReproException($"Split pattern '{pattern}' is not a regular expression that .NET understands: {e.Message}", e);
        }
    }

    /// <summary>All matches in a part of a text, taken for itself, as UTF-16 positions in the whole; empty matches are left out.</summary>
    /// <exception cref="ReproException">Matching took longer than two seconds.</exception>
    public List<(int Start, int End)> Matches(string text, int start, int end)
    {
        string part = text[start..end];
        int[]? positions = null;
        if (part.Any(char.IsSurrogate))
        {
            (part, positions) = Project(part);
        }

        var matches = new List<(int, int)>();
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(part))
            {
                int first = positions == null ? match.Index : positions[match.Index];
                int last = positions == null ? match.Index + match.Length : positions[match.Index + match.Length];
                if (last > first)
                {
                    matches.Add((start + first, start + last));
                }
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ReproException($"Split pattern '{_pattern}' did not finish within {_limit.TotalSeconds:0} s on {part.Length} characters.", e);
        }

        return matches;
    }

    private static (string Text, int[] Positions) Project(string text)
    {
        var units = new char[text.Length];
        var positions = new int[text.Length + 1];
        int count = 0;
        for (int i = 0; i < text.Length; count++)
        {
            int codePoint = CodePoints.At(text, i, out int length);
            positions[count] = i;
            units[count] = codePoint < 0x10000 ? (char)codePoint : Stand(CharUnicodeInfo.GetUnicodeCategory(codePoint));
            i += length;
        }

        positions[count] = text.Length;
        return (new string(units, 0, count), positions);
    }

    // Characters of old, little used scripts, one for each category.
    private static char Stand(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u2C00',
        UnicodeCategory.LowercaseLetter => '\u2C30',
        UnicodeCategory.TitlecaseLetter => '\u1FFC',
        UnicodeCategory.ModifierLetter => '\uA717',
        UnicodeCategory.OtherLetter => '\uA840',
        UnicodeCategory.NonSpacingMark => '\uA8C5',
        UnicodeCategory.SpacingCombiningMark => '\uA880',
        UnicodeCategory.EnclosingMark => '\u1ABE',
        UnicodeCategory.DecimalDigitNumber => '\uA8D0',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.DashPunctuation => '\u2E17',
        UnicodeCategory.OpenPunctuation => '\u2E28',
        UnicodeCategory.ClosePunctuation => '\u2E29',
        UnicodeCategory.OtherPunctuation => '\uA874',
        UnicodeCategory.MathSymbol => '\u2A00',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.OtherSymbol => '\uA828',
        UnicodeCategory.Format => '\u206A',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFF0',
    };
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Repro.Core.Tokenization;

/// <summary>
/// The Split pre-tokenizer: matches of a regular expression and the text between them are pieces. The expression sees whole code points: in
/// a text that has any beyond U+FFFF these are first replaced by a rare character of the same general category, so that classes such as
/// <c>\p{L}</c> match them as they should.
/// </summary>
/// <remarks>The package's pre-tokenizer sees halves of such characters: pre-tokens of gpt2-700-e0624, qwen2-2000-e0223 and
/// llama3-2000-e0252.</remarks>
internal sealed class SplitStep : PreTokenizerStep
{
    // Stands for ideographs beyond U+FFFF where the pattern asks for the script: a compatibility ideograph, which no range of a pattern
    // holds.
    private const char HanBeyond = '\uFAD9';

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private readonly Regex _regex;
    private readonly string _pattern;
    private readonly SplitBehavior _behavior;
    private readonly bool _invert;
    private readonly char _han;

    /// <summary>A splitter.</summary>
    /// <param name="pattern">Regular expression.</param>
    /// <param name="behavior">What becomes of matches and of the text between them.</param>
    /// <param name="invert">Swaps the part of matches and gaps.</param>
    /// <exception cref="ReproException">The pattern is no regular expression, asks for what .NET lacks, or holds characters beyond
    /// U+FFFF.</exception>
    public SplitStep(string pattern, SplitBehavior behavior, bool invert)
    {
        _pattern = pattern;
        _behavior = behavior;
        _invert = invert;
        _han = RegexTranslation.AsksForHan(pattern) ? HanBeyond : Stand(UnicodeCategory.OtherLetter);
        if (pattern.Any(char.IsSurrogate))
        {
            throw new ReproException($"Split pattern '{pattern}': characters beyond U+FFFF cannot be used in the pattern.");
        }

        try
        {
            _regex = PreTokenizerPatterns.Compile(pattern, _limit);
        }
        catch (ArgumentException e)
        {
            throw new ReproException($"Split pattern '{pattern}' is not a regular expression that .NET understands: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ReproException">Matching a pattern that is none of the published ones took longer than ten seconds.</exception>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        ReadOnlySpan<char> part = text.AsSpan(start..end);
        int[]? positions = null;
        if (part.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            (part, positions) = Project(part);
        }

        int done = 0;
        var parts = new List<(int Start, int End, bool IsMatch)>();
        try
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(part))
            {
                if (match.Length == 0)
                {
                    continue;
                }

                int first = positions == null ? match.Index : positions[match.Index];
                int last = positions == null ? match.Index + match.Length : positions[match.Index + match.Length];
                Add(start + done, start + first, isMatch: false, parts);
                Add(start + first, start + last, isMatch: true, parts);
                done = last;
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ReproException(
                Invariant($"Split pattern '{_pattern}' did not finish within {_limit.TotalSeconds:0} s on {part.Length} characters."), e);
        }

        Add(start + done, end, isMatch: false, parts);
        pieces.AddRange(SplitParts.Join(parts, _behavior));
    }

    private void Add(int start, int end, bool isMatch, List<(int Start, int End, bool IsMatch)> parts)
    {
        if (start < end)
        {
            parts.Add((start, end, isMatch != _invert));
        }
    }

    // One unit for each code point, with the place of each in the text.
    private (string Text, int[] Positions) Project(ReadOnlySpan<char> text)
    {
        var units = new StringBuilder(text.Length);
        var positions = new List<int>(text.Length + 1);
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            positions.Add(position);
            units.Append(rune.IsBmp ? (char)rune.Value : IsIdeograph(rune) ? _han : Stand(Rune.GetUnicodeCategory(rune)));
            position += rune.Utf16SequenceLength;
        }

        positions.Add(position);
        return (units.ToString(), [.. positions]);
    }

    private static bool IsIdeograph(Rune rune) => rune.Value is >= 0x20000 and <= 0x323AF
        && Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherLetter;

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

/// <summary>What becomes of the matches of a Split pre-tokenizer and of the text between them, by the names of
/// <c>tokenizer.json</c>.</summary>
internal enum SplitBehavior
{
    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>A match ends the piece before it; of several side by side the first one.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the piece after it; of several side by side the last one.</summary>
    MergedWithNext,

    /// <summary>Matches side by side are one piece.</summary>
    Contiguous,
}

/// <summary>Makes pieces of matches and gaps.</summary>
internal static class SplitParts
{
    /// <summary>The pieces of parts that cover a text in order.</summary>
    public static IEnumerable<(int Start, int End)> Join(List<(int Start, int End, bool IsMatch)> parts, SplitBehavior behavior)
    {
        switch (behavior)
        {
            case SplitBehavior.Removed:
                return parts.Where(part => !part.IsMatch).Select(part => (part.Start, part.End));
            case SplitBehavior.MergedWithPrevious:
                return Merge(parts, (before, part) => part.IsMatch && !before.IsMatch);
            case SplitBehavior.MergedWithNext:
                return Merge(parts, (before, part) => before.IsMatch && !part.IsMatch);
            case SplitBehavior.Contiguous:
                return Merge(parts, (before, part) => before.IsMatch == part.IsMatch);
            default:
                return parts.Select(part => (part.Start, part.End));
        }
    }

    private static List<(int Start, int End)> Merge(
        List<(int Start, int End, bool IsMatch)> parts, Func<(int Start, int End, bool IsMatch), (int Start, int End, bool IsMatch),
            bool> joins)
    {
        var pieces = new List<(int Start, int End)>(parts.Count);
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0 && joins(parts[i - 1], parts[i]))
            {
                pieces[^1] = (pieces[^1].Start, parts[i].End);
            }
            else
            {
                pieces.Add((parts[i].Start, parts[i].End));
            }
        }

        return pieces;
    }
}

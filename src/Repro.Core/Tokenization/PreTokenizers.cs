using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>The regular expressions by which published byte-level tokenizers cut text before merging.</summary>
public static partial class PreTokenizerPatterns
{
    /// <summary>GPT-2: numbers of any length, contractions in lower case.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Qwen2: every digit for itself.</summary>
    public const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3: digits in groups of three from the left.</summary>
    public const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Contractions = "(?i:'s|";

    // Unlike the published tokenizers .NET does not fold the long s (U+017F) to s. No vector has one.
    private const string FoldedContractions = "(?i:'[s\u017F]|";
    private const string Cl100kContractions = "(?i:[sdmt]|";
    private const string FoldedCl100kContractions = "(?i:[sdmt\u017F]|";

    /// <summary>The published patterns compiled into this assembly; any other is interpreted, with a limit of time since it comes from a
    /// file.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    internal static Regex Compile(string pattern, TimeSpan limit) => pattern switch
    {
        Gpt2 => Gpt2Regex(),
        Qwen2 => Qwen2Regex(),
        Llama3 => Llama3Regex(),
        _ => new Regex(
            RegexTranslation.ToDotNet(pattern).Replace(Contractions, FoldedContractions, StringComparison.Ordinal)
                .Replace(Cl100kContractions, FoldedCl100kContractions, StringComparison.Ordinal),
            RegexOptions.CultureInvariant,
            limit),
    };

    [GeneratedRegex(Gpt2, RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    [GeneratedRegex(
        FoldedContractions + @"'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Qwen2Regex();

    [GeneratedRegex(
        FoldedContractions + @"'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Llama3Regex();
}

/// <summary>A pre-tokenizer of <c>tokenizer.json</c>: cuts pieces of a text into smaller ones.</summary>
internal abstract class PreTokenizerStep : PreTokenizer
{
    /// <summary>Cuts one piece; appends the resulting pieces in order (start and end in UTF-16 units of <paramref name="text"/>).</summary>
    public abstract void Cut(string text, int start, int end, List<(int Start, int End)> pieces);

    /// <summary>True where every text, and every stretch beside an added token, gets a space in front if it has none.</summary>
    public virtual bool AddsPrefixSpace => false;

    /// <summary>How spaces are rewritten before the text is cut; null where they stay.</summary>
    public virtual MetaspaceStep? Spaces => null;

    /// <summary>True where the pieces are then taken byte by byte in the byte alphabet.</summary>
    public virtual bool IsByteLevel => false;

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        var pieces = new List<(int Start, int End)>();
        Cut(text, 0, text.Length, pieces);
        return pieces.Select(piece => (piece.Start, piece.End - piece.Start));
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());
}

/// <summary>The ByteLevel pre-tokenizer: cuts by the GPT-2 pattern if asked, and has the pieces taken as bytes.</summary>
/// <param name="addPrefixSpace">A space goes in front of text that does not start with one.</param>
/// <param name="useRegex">Cut by <see cref="PreTokenizerPatterns.Gpt2"/>.</param>
internal sealed class ByteLevelStep(bool addPrefixSpace, bool useRegex) : PreTokenizerStep
{
    private readonly SplitStep? _split = useRegex ? new SplitStep(PreTokenizerPatterns.Gpt2, SplitBehavior.Isolated, false) : null;

    /// <inheritdoc/>
    public override bool AddsPrefixSpace => addPrefixSpace;

    /// <inheritdoc/>
    public override bool IsByteLevel => true;

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        if (_split == null)
        {
            pieces.Add((start, end));
        }
        else
        {
            _split.Cut(text, start, end, pieces);
        }
    }
}

/// <summary>Pre-tokenizers one after the other; each cuts the pieces of the one before.</summary>
/// <param name="steps">In order of application.</param>
/// <remarks>The package's own composite gives offsets within the piece before instead of those within the text
/// (qwen2-2000-e0000).</remarks>
internal sealed class SequenceStep(IReadOnlyList<PreTokenizerStep> steps) : PreTokenizerStep
{
    /// <inheritdoc/>
    public override bool AddsPrefixSpace => steps.Any(step => step.AddsPrefixSpace);

    /// <inheritdoc/>
    public override MetaspaceStep? Spaces => steps.Select(step => step.Spaces).FirstOrDefault(spaces => spaces is not null);

    /// <inheritdoc/>
    public override bool IsByteLevel => steps.Any(step => step.IsByteLevel);

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        List<(int Start, int End)> current = [(start, end)];
        foreach (PreTokenizerStep step in steps)
        {
            var next = new List<(int Start, int End)>(current.Count);
            foreach ((int pieceStart, int pieceEnd) in current)
            {
                step.Cut(text, pieceStart, pieceEnd, next);
            }

            current = next;
        }

        pieces.AddRange(current);
    }
}

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
            throw new ReproException(Invariant($"Split pattern '{_pattern}' did not finish within {_limit.TotalSeconds:0} s on {part.Length} characters."), e);
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

/// <summary>
/// The Metaspace pre-tokenizer of Llama 2 and Mistral as transformers 4.40 and later save them: spaces become a mark, one goes in front,
/// and the text is cut before each mark if asked.
/// </summary>
/// <param name="replacement">The mark, U+2581.</param>
/// <param name="scheme">Where a mark is put in front.</param>
/// <param name="split">Whether the text is cut.</param>
internal sealed class MetaspaceStep(char replacement, PrefixScheme scheme, bool split) : PreTokenizerStep
{
    private readonly ReplaceNormalizer _replace = new(" ", replacement.ToString());

    /// <inheritdoc/>
    public override MetaspaceStep? Spaces => this;

    /// <summary>The text as it is cut and merged.</summary>
    /// <param name="text">A stretch between added tokens.</param>
    /// <param name="isFirst">Whether it stands at the start of the text.</param>
    public string Rewrite(string text, bool isFirst)
    {
        text = _replace.Apply(text);
        return NeedsPrefix(text, isFirst) ? replacement + text : text;
    }

    /// <summary>The same with alignment.</summary>
    public AlignedText Rewrite(AlignedText text, bool isFirst)
    {
        text = _replace.Apply(text);
        return NeedsPrefix(text.Text, isFirst) ? text.Prepend(replacement.ToString()) : text;
    }

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        int from = start;
        for (int i = start + 1; i < end && split; i++)
        {
            if (text[i] == replacement)
            {
                pieces.Add((from, i));
                from = i;
            }
        }

        if (from < end)
        {
            pieces.Add((from, end));
        }
    }

    private bool NeedsPrefix(string text, bool isFirst) =>
        text.Length > 0 && text[0] != replacement && (scheme == PrefixScheme.Always || (scheme == PrefixScheme.First && isFirst));
}

/// <summary>Where Metaspace puts a mark in front.</summary>
internal enum PrefixScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>At the start of the text.</summary>
    First,

    /// <summary>At the start and after each added token.</summary>
    Always,
}

/// <summary>
/// Writes regular expressions of <c>tokenizer.json</c>, which are Oniguruma's, for .NET: possessive quantifiers as atomic groups, the Han
/// script as its ranges. What .NET would read in another way is refused.
/// </summary>
internal static class RegexTranslation
{
    // The script's characters up to U+FFFF (Unicode 15); those beyond are ideographs, for which one of these stands.
    private const string Han =
        @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF"
        + @"\uF900-\uFA6D\uFA70-\uFAD9";

    private static readonly string[] _han = [@"\p{Han}", @"\p{Script=Han}", @"\p{IsHan}"];

    /// <summary>Whether a pattern names the Han script.</summary>
    public static bool AsksForHan(string pattern) => Array.Exists(_han, name => pattern.Contains(name, StringComparison.Ordinal));

    /// <summary>The pattern as .NET takes it.</summary>
    /// <param name="pattern">The pattern of the file.</param>
    /// <exception cref="ArgumentException">It asks for something that .NET lacks, or its brackets do not match.</exception>
    public static string ToDotNet(string pattern)
    {
        var written = new StringBuilder(pattern.Length);
        var groups = new Stack<int>();
        int atom = -1;
        for (int i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '[':
                    atom = written.Length;
                    i = Class(pattern, i, written);
                    break;
                case '(':
                    groups.Push(written.Length);
                    atom = -1;
                    i = Copy(pattern, i, i + 1 < pattern.Length && pattern[i + 1] == '?' ? 2 : 1, written);
                    break;
                case ')':
                    atom = groups.TryPop(out int start) ? start : throw new ArgumentException("a bracket is closed that was not opened");
                    i = Copy(pattern, i, 1, written);
                    break;
                case '*' or '+' or '?' or '{':
                    i = Quantifier(pattern, i, atom, written);
                    atom = -1;
                    break;
                case '\\':
                    atom = written.Length;
                    i = Escape(pattern, i, isClass: false, written);
                    break;
                default:
                    atom = written.Length;
                    i = Copy(pattern, i, 1, written);
                    break;
            }
        }

        return written.ToString();
    }

    private static int Copy(string pattern, int start, int length, StringBuilder written)
    {
        written.Append(pattern, start, Math.Min(length, pattern.Length - start));
        return start + length;
    }

    private static int Quantifier(string pattern, int start, int atom, StringBuilder written)
    {
        int end = pattern[start] == '{' ? pattern.IndexOf('}', start) : start;
        if (end < 0)
        {
            throw new ArgumentException("a { is not closed");
        }

        char next = end + 1 < pattern.Length ? pattern[end + 1] : '\0';
        if (next != '+')
        {
            return Copy(pattern, start, end + 1 - start + (next == '?' ? 1 : 0), written);
        }

        if (pattern[start] == '{' || atom < 0)
        {
            throw new ArgumentException("a + after a quantifier in braces is not supported");
        }

        written.Insert(atom, "(?>").Append(pattern[start]).Append(')');
        return end + 2;
    }

    private static int Class(string pattern, int start, StringBuilder written)
    {
        int i = Copy(pattern, start, start + 1 < pattern.Length && pattern[start + 1] == '^' ? 2 : 1, written);
        for (bool first = true; i < pattern.Length; first = false)
        {
            if (pattern[i] == ']' && !first)
            {
                return Copy(pattern, i, 1, written);
            }

            if (pattern[i] == '[' || (pattern[i] == '&' && i + 1 < pattern.Length && pattern[i + 1] == '&'))
            {
                throw new ArgumentException("classes within classes and intersections of classes are not supported");
            }

            i = pattern[i] == '\\' ? Escape(pattern, i, isClass: true, written) : Copy(pattern, i, 1, written);
        }

        throw new ArgumentException("a [ is not closed");
    }

    private static int Escape(string pattern, int start, bool isClass, StringBuilder written)
    {
        char kind = start + 1 < pattern.Length ? pattern[start + 1] : throw new ArgumentException("a \\ stands at the end");
        if (kind is 'x' or 'u')
        {
            return Copy(pattern, start, kind == 'x' ? 4 : 6, written);
        }

        if (kind is not ('p' or 'P') || start + 2 >= pattern.Length || pattern[start + 2] != '{'
            || pattern.IndexOf('}', start) is not (> 0 and var end))
        {
            return Copy(pattern, start, 2, written);
        }

        string name = pattern[start..(end + 1)];
        if (!AsksForHan(name.Replace(@"\P", @"\p", StringComparison.Ordinal)))
        {
            return Copy(pattern, start, name.Length, written);
        }

        if (kind == 'P' && isClass)
        {
            throw new ArgumentException(@"\P{Han} within a class is not supported");
        }

        written.Append(isClass ? Han : kind == 'p' ? $"[{Han}]" : $"[^{Han}]");
        return end + 1;
    }
}

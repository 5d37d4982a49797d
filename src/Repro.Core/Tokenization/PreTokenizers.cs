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

    /// <summary>The published patterns compiled into this assembly; any other is interpreted, with a limit of time since it comes from a
    /// file.</summary>
    /// <exception cref="ArgumentException">It is no regular expression.</exception>
    internal static Regex Compile(string pattern, TimeSpan limit) => pattern switch
    {
        Gpt2 => Gpt2Regex(),
        Qwen2 => Qwen2Regex(),
        Llama3 => Llama3Regex(),
        _ => new Regex(pattern.Replace(Contractions, FoldedContractions, StringComparison.Ordinal), RegexOptions.CultureInvariant, limit),
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
    private readonly SplitStep? _split = useRegex ? new SplitStep(PreTokenizerPatterns.Gpt2, false, false) : null;

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
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private readonly Regex _regex;
    private readonly string _pattern;
    private readonly bool _removed;
    private readonly bool _invert;

    /// <summary>A splitter.</summary>
    /// <param name="pattern">Regular expression.</param>
    /// <param name="removed">Behaviour Removed: matches are dropped (with <paramref name="invert"/>: only matches are kept). Else
    /// Isolated.</param>
    /// <param name="invert">Swaps the part of matches and gaps; without effect for Isolated.</param>
    /// <exception cref="ReproException">The pattern is no regular expression, or holds characters beyond U+FFFF.</exception>
    public SplitStep(string pattern, bool removed, bool invert)
    {
        _pattern = pattern;
        _removed = removed;
        _invert = invert;
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
                Add(start + done, start + first, isMatch: false, pieces);
                Add(start + first, start + last, isMatch: true, pieces);
                done = last;
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new ReproException(Invariant($"Split pattern '{_pattern}' did not finish within {_limit.TotalSeconds:0} s on {part.Length} characters."), e);
        }

        Add(start + done, end, isMatch: false, pieces);
    }

    private void Add(int start, int end, bool isMatch, List<(int Start, int End)> pieces)
    {
        if (start < end && !(_removed && isMatch != _invert))
        {
            pieces.Add((start, end));
        }
    }

    // One unit for each code point, with the place of each in the text.
    private static (string Text, int[] Positions) Project(ReadOnlySpan<char> text)
    {
        var units = new StringBuilder(text.Length);
        var positions = new List<int>(text.Length + 1);
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            positions.Add(position);
            units.Append(rune.IsBmp ? (char)rune.Value : Stand(Rune.GetUnicodeCategory(rune)));
            position += rune.Utf16SequenceLength;
        }

        positions.Add(position);
        return (units.ToString(), [.. positions]);
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

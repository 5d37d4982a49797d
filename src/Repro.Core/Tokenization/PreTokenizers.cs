using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>The regular expressions by which published byte-level tokenizers cut text before merging.</summary>
public static partial class PreTokenizerPatterns
{
    /// <summary>GPT-2: numbers of any length, contractions in lower case.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Qwen2: every digit for itself.</summary>
    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3: digits in groups of three from the left.</summary>
    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

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
        FoldedContractions + @"'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    private static partial Regex Qwen2Regex();

    [GeneratedRegex(
        FoldedContractions
            + @"'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
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

using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>Text together with the code points of the original text that each of its UTF-16 units stands for.</summary>
/// <param name="Text">The text, possibly normalized.</param>
/// <param name="Starts">For each unit the first code point of the original.</param>
/// <param name="Ends">For each unit the end (exclusive) in code points of the original.</param>
internal sealed record AlignedText(string Text, int[] Starts, int[] Ends)
{
    /// <summary>Text that stands for itself.</summary>
    public static AlignedText Identity(string text)
    {
        var starts = new int[text.Length];
        var ends = new int[text.Length];
        for (int i = 0, codePoint = 0; i < text.Length; codePoint++)
        {
            int next = i + CodePoints.Length(text, i);
            starts.AsSpan(i..next).Fill(codePoint);
            ends.AsSpan(i..next).Fill(codePoint + 1);
            i = next;
        }

        return new AlignedText(text, starts, ends);
    }

    /// <summary>The part from <paramref name="start"/> to <paramref name="end"/> (UTF-16 units).</summary>
    public AlignedText Slice(int start, int end) =>
        start == 0 && end == Text.Length ? this : new AlignedText(Text[start..end], Starts[start..end], Ends[start..end]);

    /// <summary>The text with <paramref name="prefix"/> in front, which stands for the first original code point like the first unit
    /// does.</summary>
    public AlignedText Prepend(string prefix) => new(
        prefix + Text,
        [.. Enumerable.Repeat(Starts[0], prefix.Length), .. Starts],
        [.. Enumerable.Repeat(Ends[0], prefix.Length), .. Ends]);
}

/// <summary>
/// A normalizer of <c>tokenizer.json</c>; it normalizes plain text, or text with its alignment to the original. The package's normalizers
/// know no alignment, so its offsets would be those of the normalized text.
/// </summary>
internal abstract class TextNormalizer : Normalizer
{
    /// <summary>The normalized text; <paramref name="text"/> itself where nothing changes.</summary>
    public abstract string Apply(string text);

    /// <summary>The same with alignment.</summary>
    public abstract AlignedText Apply(AlignedText text);

    /// <inheritdoc/>
    public override string Normalize(string original) => Apply(original);

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original) => Apply(original.ToString());
}

/// <summary>Unicode normalization form C, or KC, by the system's ICU.</summary>
/// <remarks>
/// string.Normalize throws on U+FFFE (vector qwen2-2000-e0408) and gives no alignment (offsets of qwen2-2000-e0286, -e0300, -e0316,
/// -e0574). Long runs of marks are sorted here for speed alone.
/// </remarks>
internal sealed class NfcNormalizer : TextNormalizer
{
    // string.Normalize takes it for an error; nothing combines with it.
    private const char Noncharacter = '\uFFFE';

    private readonly bool _compatibility;

    // ICU takes quadratic time to sort a run of marks: 2.6 s for 80,000.
    private const int LongRun = 1000;

    /// <summary>A normalizer.</summary>
    /// <exception cref="ReproException">.NET runs without ICU: it would leave texts as they are, and ids would be wrong.</exception>
    public NfcNormalizer()
        : this("e\u0301".Normalize())
    {
    }

    /// <summary>A normalizer of form C, or of KC where compatibility characters are replaced too.</summary>
    /// <param name="compatibility">Whether they are.</param>
    public NfcNormalizer(bool compatibility)
        : this() => _compatibility = compatibility;

    /// <summary>A normalizer where <paramref name="composed"/>, what the system makes of e and an acute accent, is one character.</summary>
    internal NfcNormalizer(string composed)
    {
        if (composed != "\u00e9")
        {
            throw new ReproException(
                "The tokenizer asks for Unicode normalization (NFC), but .NET runs without ICU here, so that ids would be wrong. "
                + "Install the system's ICU (libicu; Debian: libicu72 or libicu76) and run without DOTNET_SYSTEM_GLOBALIZATION_INVARIANT "
                + "and InvariantGlobalization.");
        }
    }

    /// <inheritdoc/>
    public override string Apply(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', LastUnchanged) < 0)
        {
            return text;
        }

        text = text.Length > LongRun ? SortLongRuns(text) : text;
        return text.Contains(Noncharacter)
            ? string.Join(Noncharacter, text.Split(Noncharacter).Select(part => part.Normalize(Form)))
            : text.Normalize(Form);
    }

    private NormalizationForm Form => _compatibility ? NormalizationForm.FormKC : NormalizationForm.FormC;

    // Up to here nothing combines, decomposes or has another form.
    private char LastUnchanged => _compatibility ? '\u009F' : '\u02FF';

    /// <inheritdoc/>
    /// <remarks>
    /// The alignment is that of the Rust library: a character that others were joined to stands for its own place only, those that come
    /// out of one character share its place.
    /// </remarks>
    public override AlignedText Apply(AlignedText text)
    {
        if (Apply(text.Text) == text.Text)
        {
            return text;
        }

        var builder = new StringBuilder(text.Text.Length);
        var starts = new List<int>(text.Text.Length);
        var ends = new List<int>(text.Text.Length);
        for (int start = 0; start < text.Text.Length;)
        {
            int end = GroupEnd(text.Text, start);
            if (end == start + 1 && text.Text[start] <= LastUnchanged)
            {
                builder.Append(text.Text[start]);
                starts.Add(text.Starts[start]);
                ends.Add(text.Ends[start]);
                start = end;
                continue;
            }

            int next = start;
            int current = start;
            foreach ((string character, int change) in Compose(text.Text[start..end]))
            {
                // This one takes the next place; those that were joined to it leave no trace.
                for (int taken = 0; change <= 0 && taken <= -change; taken++)
                {
                    current = taken == 0 ? next : current;
                    next += CodePoints.Length(text.Text, next);
                }

                builder.Append(character);
                starts.AddRange(Enumerable.Repeat(text.Starts[current], character.Length));
                ends.AddRange(Enumerable.Repeat(text.Ends[current], character.Length));
            }

            start = end;
        }

        return new AlignedText(builder.ToString(), [.. starts], [.. ends]);
    }

    // A character with the marks after it; Hangul vowels and finals join what stands before them as marks do, under form KC those of half
    // width too, and the Katakana marks of half width.
    private int GroupEnd(string text, int start)
    {
        int end = start + CodePoints.Length(text, start);
        while (end < text.Length)
        {
            var next = Rune.GetRuneAt(text, end);
            if (Rune.GetUnicodeCategory(next) is not
                    (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
                && next.Value is not (>= 0x1161 and <= 0x11FF)
                && !(_compatibility && next.Value is 0xFF9E or 0xFF9F or (>= 0xFFC2 and <= 0xFFDC)))
            {
                break;
            }

            end += next.Utf16SequenceLength;
        }

        return end;
    }

    private string SortLongRuns(string text)
    {
        var sorted = new StringBuilder(text.Length);
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = GroupEnd(text, start);
            sorted.Append(
                end - start > LongRun ? string.Concat(Decompose(text[start..end]).Select(one => one.Character)) : text.AsSpan(start..end));
        }

        return sorted.ToString();
    }

    // The characters of form C. Change counts characters as the Rust library does: 0 takes the place of one, 1 is an addition, -n takes the
    // place of one and removes n after it.
    private List<(string Character, int Change)> Compose(string group)
    {
        var composed = new List<(string Character, int Change)>();
        int starter = -1;
        foreach ((string character, int change) in Decompose(group))
        {
            bool blocked = starter < 0 || (starter < composed.Count - 1 && !Swaps(character, composed[^1].Character));
            string joined = blocked ? "" : Normalize(composed[starter].Character + character, NormalizationForm.FormC);
            if (joined.Length > 0 && joined.Length == CodePoints.Length(joined, 0))
            {
                composed[starter] = (joined, composed[starter].Change + change - 1);
                continue;
            }

            starter = IsMark(character) ? starter : composed.Count;
            composed.Add((character, change));
        }

        return composed;
    }

    // The characters of form D in canonical order: marks by their class, of equal classes as they stand; none passes a character of class
    // 0.
    private List<(string Character, int Change)> Decompose(string group)
    {
        var decomposed = new List<(string Character, int Change)>(group.Length);
        var marks = new List<(string Character, int Change)>();
        foreach ((int part, string character) in group.EnumerateRunes().SelectMany(rune =>
            Characters(Normalize(rune.ToString(), _compatibility ? NormalizationForm.FormKD : NormalizationForm.FormD)).Index()))
        {
            if (IsMark(character))
            {
                marks.Add((character, Math.Min(part, 1)));
                continue;
            }

            decomposed.AddRange(InOrder(marks));
            marks.Clear();
            decomposed.Add((character, Math.Min(part, 1)));
        }

        decomposed.AddRange(InOrder(marks));
        return decomposed;
    }

    private static IEnumerable<(string Character, int Change)> InOrder(List<(string Character, int Change)> marks)
    {
        string[] distinct = [.. marks.Select(mark => mark.Character).Distinct()];
        Dictionary<string, int> places = distinct.ToDictionary(mark => mark, mark => distinct.Count(other => Swaps(mark, other)));
        return marks.OrderBy(mark => places[mark.Character]);
    }

    // .NET does not tell the combining class, but its order shows: U+0334 has the lowest class, U+0345 the highest.
    private static bool IsMark(string character) => Swaps(character, "\u0334") || Swaps("\u0345", character);

    // Whether the first of two characters has the higher class, and none the class 0.
    private static bool Swaps(string first, string second) =>
        first != second && Normalize(first + second, NormalizationForm.FormD) == second + first;

    private static string Normalize(string text, NormalizationForm form) => text.Contains(Noncharacter) ? text : text.Normalize(form);

    private static IEnumerable<string> Characters(string text) => text.EnumerateRunes().Select(rune => rune.ToString());
}

/// <summary>Puts a string in front of every text that is not empty.</summary>
/// <param name="prefix">What to put there.</param>
internal sealed class PrependNormalizer(string prefix) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => text.Length == 0 ? text : prefix + text;

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text) => text.Text.Length == 0 ? text : text.Prepend(prefix);
}

/// <summary>Replaces every occurrence of a string by another; the package has no such normalizer (offsets of spm-400-e0709).</summary>
/// <param name="pattern">The string to find, not empty.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceNormalizer(string pattern, string content) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => text.Replace(pattern, content, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text)
    {
        var starts = new List<int>(text.Text.Length);
        var ends = new List<int>(text.Text.Length);
        for (int position = 0; position < text.Text.Length;)
        {
            if (string.CompareOrdinal(text.Text, position, pattern, 0, pattern.Length) == 0)
            {
                starts.AddRange(Enumerable.Repeat(text.Starts[position], content.Length));
                ends.AddRange(Enumerable.Repeat(text.Ends[position + pattern.Length - 1], content.Length));
                position += pattern.Length;
            }
            else
            {
                starts.Add(text.Starts[position]);
                ends.Add(text.Ends[position]);
                position++;
            }
        }

        return new AlignedText(Apply(text.Text), [.. starts], [.. ends]);
    }
}

/// <summary>Normalizers one after the other.</summary>
/// <param name="steps">In order of application.</param>
internal sealed class SequenceNormalizer(IReadOnlyList<TextNormalizer> steps) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => steps.Aggregate(text, (current, step) => step.Apply(current));

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text) => steps.Aggregate(text, (current, step) => step.Apply(current));
}

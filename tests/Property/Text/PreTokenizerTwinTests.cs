using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Text.Bpe;
using Repro.Core.Text.PreTokenizers;
using Repro.Core.Text.Unicode;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Text;

/// <summary>A text, and one of the published patterns that it is cut by.</summary>
public sealed record PatternText(string Pattern, string Text) : Drawn;

/// <summary>A word of 4 symbols, and the seed of a table of merges.</summary>
public sealed record MergedWord(int[] Symbols, int Seed) : Drawn;

/// <summary>Draws what is cut and merged.</summary>
public static class PreTokenizerInputs
{
    private static readonly string[] Patterns = [PreTokenizerPatterns.Gpt2, PreTokenizerPatterns.Qwen2, PreTokenizerPatterns.Llama3];

    public static Arbitrary<PatternText> Texts() => Arb.From(
        from pattern in Gen.Elements(Patterns) from text in UnicodeText.Texts().Generator select new PatternText(pattern, text),
        x => UnicodeText.Texts().Shrinker(x.Text).Select(text => x with { Text = text }));

    public static Arbitrary<MergedWord> Words() => Draw.Of(
        from count in Gen.Choose(0, 60)
        from symbols in Gen.ArrayOf(Gen.Choose(0, 3), count)
        from seed in Gen.Choose(0, 1_000_000)
        select new MergedWord(symbols, seed),
        x => x.Seed >= 0);
}

/// <summary>Every fast path against its slow twin.</summary>
[Properties(Arbitrary = new[] { typeof(UnicodeText), typeof(PreTokenizerInputs) })]
public sealed class PreTokenizerTwinTests
{
    [Property(MaxTest = 6000)]
    public void Hand_written_scanners_cut_as_their_regular_expressions_do(PatternText drawn)
    {
        // .NET does not fold U+017F to s; the published tokenizers do.
        var twin = new CodePointRegex(drawn.Pattern.Replace("(?i:'s", "(?i:'[s\u017F]", StringComparison.Ordinal));
        Scan(PieceScanner.For(drawn.Pattern)!, drawn.Text).Should().Equal(twin.Matches(drawn.Text, 0, drawn.Text.Length));
    }

    [Property(MaxTest = 1000)]
    public void Both_merge_loops_agree(MergedWord word)
    {
        MergeTable merges = RandomMerges(word.Seed);
        int[] shortIds = [.. word.Symbols];
        int[] longIds = [.. word.Symbols];
        int[] shortLengths = [.. word.Symbols.Select(_ => 1)];
        int[] longLengths = [.. shortLengths];
        int one = Merger.MergeShort(shortIds, shortLengths, merges);
        int two = Merger.MergeLong(longIds, longLengths, merges);
        shortIds[..one].Should().Equal(longIds[..two]);
        shortLengths[..one].Should().Equal(longLengths[..two]);
        shortLengths[..one].Sum().Should().Be(word.Symbols.Length);
    }

    [Property(MaxTest = 2000)]
    public void Form_C_is_idempotent_and_its_alignment_covers_all_characters(string text)
    {
        string composed = CanonicalComposition.ToFormC(text);
        CanonicalComposition.ToFormC(composed).Should().Be(composed);
        if (CanonicalComposition.Compose(text) is { } changes)
        {
            changes.Where(one => one.Change <= 0).Sum(one => 1 - one.Change).Should().Be(CodePoints.Count(text));
        }
    }

    private static List<(int Start, int End)> Scan(PieceScanner scanner, string text)
    {
        var pieces = new List<(int, int)>();
        for (int start = 0; start < text.Length;)
        {
            int end = scanner.Next(text, start);
            pieces.Add((start, end));
            start = end;
        }

        return pieces;
    }

    // Each merge makes a new symbol of two that exist.
    private static MergeTable RandomMerges(int seed)
    {
        var random = new Random(seed);
        int count = random.Next(1, 30);
        var merges = new MergeTable(count);
        for (int rank = 0; rank < count; rank++)
        {
            merges.Add(random.Next(4 + rank), random.Next(4 + rank), 4 + rank);
        }

        return merges;
    }
}

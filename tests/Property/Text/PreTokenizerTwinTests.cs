using FsCheck.Fluent;
using Repro.Core.Text.Bpe;
using Repro.Core.Text.PreTokenizers;
using Repro.Core.Text.Unicode;

namespace Repro.Tests.Property.Text;

/// <summary>Every fast path against its slow twin.</summary>
public sealed class PreTokenizerTwinTests
{
    [Theory]
    [InlineData(PreTokenizerPatterns.Gpt2)]
    [InlineData(PreTokenizerPatterns.Qwen2)]
    [InlineData(PreTokenizerPatterns.Llama3)]
    public void Hand_written_scanners_cut_as_their_regular_expressions_do(string pattern)
    {
        PieceScanner scanner = PieceScanner.For(pattern)!;

        // .NET does not fold U+017F to s; the published tokenizers do.
        var twin = new CodePointRegex(pattern.Replace("(?i:'s", "(?i:'[s\u017F]"));
        Check.That(
            $"scanner of {pattern[..12]}{pattern.Contains("1,3", StringComparison.Ordinal)}",
            UnicodeText.Texts,
            text => Scan(scanner, text).Should().Equal(twin.Matches(text, 0, text.Length)),
            2000);
    }

    [Fact]
    public void Both_merge_loops_agree()
    {
        Check.That(
            "merge loops",
            from count in Gen.Choose(0, 60)
            from word in Gen.Choose(0, 3).ArrayOf(count)
            from seed in Gen.Choose(0, 1_000_000)
            select (word, seed),
            input =>
            {
                MergeTable merges = RandomMerges(input.seed);
                int[] shortIds = [.. input.word];
                int[] longIds = [.. input.word];
                int[] shortLengths = [.. input.word.Select(_ => 1)];
                int[] longLengths = [.. shortLengths];
                int one = Merger.MergeShort(shortIds, shortLengths, merges);
                int two = Merger.MergeLong(longIds, longLengths, merges);
                shortIds[..one].Should().Equal(longIds[..two]);
                shortLengths[..one].Should().Equal(longLengths[..two]);
                shortLengths[..one].Sum().Should().Be(input.word.Length);
            },
            1000);
    }

    [Fact]
    public void Form_C_is_idempotent_and_its_alignment_covers_all_characters()
    {
        Check.That(
            "form C",
            UnicodeText.Texts,
            text =>
            {
                string composed = CanonicalComposition.ToFormC(text);
                CanonicalComposition.ToFormC(composed).Should().Be(composed);
                if (CanonicalComposition.Compose(text) is { } changes)
                {
                    changes.Where(one => one.Change <= 0).Sum(one => 1 - one.Change).Should().Be(CodePoints.Count(text));
                }
            },
            2000);
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

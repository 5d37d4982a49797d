using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Tokenization;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Property.Tokenization;

/// <summary>A word of 3 letters, and the seed of its merges.</summary>
public sealed record MergedWord(char[] Letters, int Seed) : Drawn;

/// <summary>Draws what is merged.</summary>
public static class MergeInputs
{
    public static Arbitrary<MergedWord> Words() => Draw.Of(
        from count in Gen.Choose(1, 60)
        from letters in Gen.ArrayOf(Gen.Elements('a', 'b', 'c'), count)
        from seed in Gen.Choose(0, 1_000_000)
        select new MergedWord(letters, seed),
        x => x.Seed >= 0 && x.Letters.Length > 0 && x.Letters.All(letter => letter is 'a' or 'b' or 'c'));
}

/// <summary>Every fast path against its slow twin.</summary>
[Properties(Arbitrary = new[] { typeof(UnicodeText), typeof(MergeInputs) })]
public sealed class TokenizerTwinTests
{
    [Property(MaxTest = 1000)]
    public void The_loop_for_long_words_merges_as_the_package_does(MergedWord drawn)
    {
        string word = new(drawn.Letters);
        (Vocabulary vocabulary, List<(string Left, string Right)> merges) = RandomMerges(drawn.Seed);
        var longWords = new LongWordMerger(vocabulary.Ids.Append(new("?", 99)).ToDictionary(), merges, byteLevel: false, "?");
        var pieces = new List<Piece>();
        longWords.Merge(word, 0, pieces);
        pieces.Should().Equal(new BpeModel(vocabulary, merges, new BpeModelOptions(), null).Encode(word));
    }

    [Property(MaxTest = 2000)]
    public void Form_C_is_idempotent_and_its_alignment_covers_all_characters(string text)
    {
        var normalizer = new NfcNormalizer();
        string composed = normalizer.Apply(text);
        normalizer.Apply(composed).Should().Be(composed);
        AlignedText aligned = normalizer.Apply(AlignedText.Identity(text));
        aligned.Text.Should().Be(composed);
        aligned.Starts.Should().BeInAscendingOrder();
        aligned.Ends.All(end => end <= CodePoints.Count(text)).Should().BeTrue();
    }

    // Each merge joins two tokens that exist; several may make the same one.
    private static (Vocabulary Vocabulary, List<(string Left, string Right)> Merges) RandomMerges(int seed)
    {
        var random = new Random(seed);
        List<string> tokens = ["a", "b", "c"];
        var merges = new List<(string Left, string Right)>();
        for (int count = random.Next(1, 30); count > 0; count--)
        {
            (string left, string right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            merges.Add((left, right));
            if (!tokens.Contains(left + right))
            {
                tokens.Add(left + right);
            }
        }

        var vocabulary = new Vocabulary(tokens.Count);
        foreach ((int id, string token) in tokens.Index())
        {
            vocabulary.TryAdd(token, id);
        }

        return (vocabulary, merges);
    }
}

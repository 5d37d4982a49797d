using System.Buffers;
using Microsoft.ML.Tokenizers;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>The package's API on tokenizers of the library, and what the library relies on in the package itself.</summary>
public sealed class PackageApiTests
{
    private static readonly int _i = TinyTokenizer.Merged("in");

    [Fact]
    public void Tokenizers_of_the_library_serve_the_api_of_the_package()
    {
        Tokenizer tokenizer = TinyTokenizer.Load(TinyTokenizer.ByteLevel());
        tokenizer.EncodeToIds("in the").Should().Equal(_i, TinyTokenizer.Merged("Ġthe"));
        tokenizer.EncodeToIds("in the".AsSpan()).Should().HaveCount(2);
        tokenizer.CountTokens("in the").Should().Be(2);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("🍞in", out _);
        tokens.Select(token => (token.Offset.Start.Value, token.Offset.End.Value)).Should().Equal((0, 2), (0, 2), (0, 2), (0, 2), (2, 4));
        tokens[^1].Should().Be(new EncodedToken(_i, "in", 2..4));
        tokenizer.GetIndexByTokenCount("in the", 1, out _, out int count).Should().Be(2);
        count.Should().Be(1);
        tokenizer.GetIndexByTokenCountFromEnd("in the", 1, out _, out count).Should().Be(2);
        tokenizer.EncodeToIds("in the", 1, out _, out int consumed).Should().Equal(_i);
        consumed.Should().Be(2);
        tokenizer.Decode([_i]).Should().Be("in");
        Span<char> room = stackalloc char[2];
        tokenizer.Decode([_i], room, out int idsConsumed, out int written).Should().Be(OperationStatus.Done);
        (idsConsumed, written).Should().Be((1, 2));
        tokenizer.Decode([_i, _i], room, out idsConsumed, out written).Should().Be(OperationStatus.DestinationTooSmall);
        tokenizer.PreTokenizer!.PreTokenize("in the").Should().Equal((0, 2), (2, 4));
        tokenizer.Normalizer.Should().BeNull();
    }

    [Fact]
    public void The_package_merges_by_rank_and_the_leftmost_of_equals()
    {
        // A run of an odd number of spaces: the one that is left over stands at the end.
        BpeTokenizer tokenizer = Create(byteLevel: false, ["a", "aa"], ["a a"], null);
        tokenizer.EncodeToIds("aaaaa").Should().Equal(1, 1, 0);
        BpeTextTokenizer own = TinyTokenizer.Load(TinyTokenizer.ByteLevel());
        own.EncodeIds("abcab").Should().Equal(TinyTokenizer.Merged("abc"), TinyTokenizer.Merged("ab"));
    }

    [Fact]
    public void The_packages_special_tokens_are_whole_words_that_it_takes_before_it_merges()
    {
        // This is ignore_merges.
        BpeTokenizer tokenizer = Create(byteLevel: true, ["c", "a", "b", "ab", "cab"], ["a b"], new() { ["cab"] = 4 });
        tokenizer.EncodeToIds("cab").Should().Equal(4);
        tokenizer.EncodeToIds("cabc").Should().Equal(0, 3, 0);
        tokenizer.EncodeToTokens("cab", out _).Select(token => token.Offset).Should().Equal(0..3);
    }

    [Fact]
    public void The_package_gives_one_unknown_token_for_each_unknown_character_with_its_place()
    {
        BpeTokenizer tokenizer = Create(byteLevel: false, ["a", "\uDC01"], [], null);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("a🍞üa", out _);
        tokens.Select(token => token.Id).Should().Equal(0, 1, 1, 0);
        tokens.Select(token => token.Offset).Should().Equal(0..1, 1..3, 3..4, 4..5);
    }

    [Fact]
    public void The_packages_llama_tokenizer_takes_the_rightmost_pair_of_a_run()
    {
        // Therefore its BPE merges the pieces of SentencePiece here.
        using var stream = new MemoryStream(TinySentencePiece.Bytes());
        LlamaTokenizer tokenizer = LlamaTokenizer.Create(stream);
        tokenizer.EncodeToIds("the hell").Should().Equal(TinySentencePiece.Load().EncodeIds("the hell"));
        tokenizer.EncodeToIds("  ", false, false).Should().Equal(TinySentencePiece.Id("▁"), TinySentencePiece.Id("▁▁"));
        TinySentencePiece.Load().EncodeIds("  ", false).Should().Equal(TinySentencePiece.Id("▁▁"), TinySentencePiece.Id("▁"));
    }

    private static BpeTokenizer Create(bool byteLevel, string[] vocabulary, string[] merges, Dictionary<string, int>? specials) =>
        BpeTokenizer.Create(new BpeOptions(vocabulary.Select((token, id) => KeyValuePair.Create(token, id)))
        {
            ByteLevel = byteLevel,
            Merges = merges,
            SpecialTokens = specials,
            UnknownToken = vocabulary.Contains("\uDC01") ? "\uDC01" : null,
            PreTokenizer = new RegexPreTokenizer(new System.Text.RegularExpressions.Regex("(?s).+"), null),
        });
}

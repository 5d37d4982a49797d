using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Repro.Core.Text;
using Repro.Core.Text.PreTokenizers;

namespace Repro.Tests.Unit.Text;

/// <summary>The package's API: on tokenizers of the library, and on the package's own classes as far as small models show it.</summary>
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
    public void The_packages_byte_level_tokenizer_merges_by_rank_and_knows_special_tokens()
    {
        BpeTextTokenizer model = TinyTokenizer.Load(TinyTokenizer.ByteLevel());
        var specials = new Dictionary<string, int> { ["<x>"] = 300 };
        BpeTokenizer tokenizer = BpeTokenizer.Create(new BpeOptions(Enumerable.Range(0, model.IdLimit).Select(id => KeyValuePair.Create(model.TokenOf(id)!, id)))
        {
            Merges = TinyTokenizer.Merges,
            ByteLevel = true,
            PreTokenizer = new RegexPreTokenizer(new Regex(PreTokenizerPatterns.Qwen2), specials),
            SpecialTokens = specials,
        });
        tokenizer.EncodeToIds("bcab<x>in the").Should().Equal([.. model.EncodeIds("bcab"), 300, .. model.EncodeIds("in the")]);
        tokenizer.Decode([300, _i]).Should().Be("<x>in");
        tokenizer.Decode([300, _i], considerSpecialTokens: false).Should().Be("in");
        tokenizer.Vocabulary.Should().HaveCount(model.Count);
        Action clash = () => BpeTokenizer.Create(new BpeOptions(new Dictionary<string, int> { ["a"] = 0 }) { Merges = ["a b"] });
        clash.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void The_packages_llama_tokenizer_takes_the_rightmost_pair_of_a_run_where_the_library_takes_the_leftmost()
    {
        using var stream = new MemoryStream(TinySentencePiece.Bytes());
        LlamaTokenizer tokenizer = LlamaTokenizer.Create(stream);
        tokenizer.EncodeToIds("the hell").Should().Equal(TinySentencePiece.Load().EncodeIds("the hell"));
        tokenizer.EncodeToIds("  ", false, false).Should().Equal(TinySentencePiece.Id("▁"), TinySentencePiece.Id("▁▁"));
        TinySentencePiece.Load().EncodeIds("  ", false).Should().Equal(TinySentencePiece.Id("▁▁"), TinySentencePiece.Id("▁"));
        tokenizer.BeginningOfSentenceId.Should().Be(1);
        tokenizer.EndOfSentenceToken.Should().Be("</s>");
        tokenizer.ByteFallback.Should().BeTrue();
        tokenizer.EncodeToIds("").Should().BeEmpty();
        tokenizer.EncodeToIds("he", true, true).Should().EndWith([2]);
        FluentActions.Invoking(() => LlamaTokenizer.Create(new MemoryStream(TinySentencePiece.Bytes(modelType: 1)))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Files_of_vocabulary_and_merges_are_read()
    {
        using var vocabulary = new MemoryStream(Encoding.UTF8.GetBytes("""{"a":0,"b":1,"ab":2,"[UNK]":3}"""));
        using var merges = new MemoryStream(Encoding.UTF8.GetBytes("#version: 0.2\na b\n"));
        BpeTokenizer tokenizer = BpeTokenizer.Create(vocabulary, merges, unknownToken: "[UNK]", fuseUnknownTokens: true);
        tokenizer.EncodeToIds("abxya b").Should().Equal(2, 3, 0, 1);
    }

    [Fact]
    public void Normalizers_and_pre_tokenizers_of_the_package()
    {
        LowerCaseNormalizer.Instance.Normalize("ÄB").Should().Be("äb");
        UpperCaseNormalizer.Instance.Normalize("äb".AsSpan()).Should().Be("ÄB");
        PreTokenizer.CreateWhiteSpace().PreTokenize(" a  b").Should().Equal((1, 1), (4, 1));
        PreTokenizer.CreateWordOrNonWord().PreTokenize("ab, c").Should().Equal((0, 2), (2, 1), (4, 1));
        new SentencePieceNormalizer(false, true, true, false, new Dictionary<string, int> { ["<s>"] = 1 }).Normalize("<s>a b<s>c").Should().Be("<s>▁a▁b<s>c");
        new SentencePieceNormalizer(true, true, true, true, null).Normalize("  a  b ").Should().Be("a▁b▁");
    }
}

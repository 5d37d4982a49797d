using Repro.Core.Tokenization;
using static Repro.Tests.Unit.Tokenization.TinySentencePiece;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>SentencePiece BPE in <c>tokenizer.json</c>: where it agrees with <c>tokenizer.model</c> and where the format itself
/// differs.</summary>
public sealed class ConvertedTokenizerTests
{
    [Theory]
    [InlineData("the hello")]
    [InlineData(" the")]
    [InlineData("     ")]
    [InlineData("ü🍞é\n")]
    [InlineData("")]
    public void Ids_agree_with_the_model_file(string text)
    {
        TinyConverted.Load().EncodeIds(text).Should().Equal(TinySentencePiece.Load().EncodeIds(text));
    }

    [Fact]
    public void Each_stretch_beside_a_special_token_has_its_own_prefix()
    {
        BpeTextTokenizer tokenizer = TinyConverted.Load();
        tokenizer.EncodeIds("he</s>he", addSpecialTokens: false).Should().Equal(Id("▁"), Id("he"), 2, Id("▁"), Id("he"));
        tokenizer.EncodeSpans("he</s>é", addSpecialTokens: false).Select(span => (span.Start, span.End)).Should().Equal(
            (0, 1), (0, 2), (2, 6), (6, 7), (6, 7));
    }

    [Fact]
    public void A_run_of_bytes_that_is_not_valid_as_a_whole_is_all_replacement_characters()
    {
        BpeTextTokenizer tokenizer = TinyConverted.Load();
        tokenizer.DecodeIds([3 + 0xC3, 3 + 0xA9]).Should().Be("é");
        tokenizer.DecodeIds([3 + 0xC3, 3 + 0xA9, 3 + 0xC3]).Should().Be("\ufffd\ufffd\ufffd");
        tokenizer.DecodeIds([Id("▁▁"), Id("he")]).Should().Be(" he");
    }
}

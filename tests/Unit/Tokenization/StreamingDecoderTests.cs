using Repro.Core;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

public sealed class StreamingDecoderTests
{
    [Fact]
    public void A_character_waits_for_its_last_byte()
    {
        BpeTextTokenizer tokenizer = TinyTokenizer.Load(TinyTokenizer.ByteLevel());
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
        int[] ids = tokenizer.EncodeIds("a🍞");
        ids.Select(decoder.Add).Should().Equal("a", "", "", "", "🍞");
        decoder.Finish().Should().BeEmpty();
        decoder.Finish().Should().BeEmpty();
        decoder.Invoking(d => d.Add(ids[0])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Bytes_that_never_complete_come_out_at_the_end()
    {
        BpeTextTokenizer tokenizer = TinyTokenizer.Load(TinyTokenizer.ByteLevel());
        StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
        decoder.Add(tokenizer.EncodeIds("🍞")[0]).Should().BeEmpty();
        decoder.Finish().Should().Be("\ufffd");
    }

    [Fact]
    public void Pieces_make_up_what_decoding_at_once_gives()
    {
        var random = new Random(3);
        TextTokenizer[] tokenizers = [TinyTokenizer.Load(TinyTokenizer.ByteLevel()), TinyConverted.Load(), TinySentencePiece.Load()];
        foreach (TextTokenizer tokenizer in tokenizers)
        {
            for (int run = 0; run < 300; run++)
            {
                int[] ids = [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(tokenizer.IdLimit))];
                StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
                string pieces = string.Concat(ids.Select(decoder.Add)) + decoder.Finish();
                pieces.Should().Be(tokenizer.DecodeIds(ids));
                pieces.Any(char.IsSurrogate).Should().Be(pieces.EnumerateRunes().Any(rune => !rune.IsBmp));
            }
        }
    }

    [Fact]
    public void Unknown_ids_and_special_tokens_are_treated_as_asked()
    {
        SentencePieceTextTokenizer tokenizer = TinySentencePiece.Load();
        tokenizer.CreateStreamingDecoder(ignoreUnknownIds: true).Add(9999).Should().BeEmpty();
        tokenizer.CreateStreamingDecoder().Invoking(d => d.Add(9999)).Should().Throw<ReproException>().WithMessage("*9999*");
        tokenizer.CreateStreamingDecoder(skipSpecialTokens: true).Add(0).Should().BeEmpty();
        tokenizer.CreateStreamingDecoder().Add(0).Should().Be(" \u2047 ");
    }
}

using Repro.Core;
using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Tokenization;
using static Repro.Tests.Unit.Tokenization.TinySentencePiece;

namespace Repro.Tests.Unit.Tokenization;

public sealed class SentencePieceTextTokenizerTests
{
    [Fact]
    public void Merges_the_highest_score_first_and_falls_back_to_bytes()
    {
        SentencePieceTextTokenizer tokenizer = Load();

        // "he" merges before "▁t", "▁the" is made of both; "w" is not in the vocabulary.
        tokenizer.EncodeIds("the hellw", addSpecialTokens: false).Should().Equal(Id("▁the"), Id("▁"), Id("hell"), 3 + 'w');
        tokenizer.EncodeIds("the", addSpecialTokens: true).Should().Equal(1, Id("▁the"));
        tokenizer.EncodeIds("").Should().Equal(1);
        tokenizer.EncodeIds("", addSpecialTokens: false).Should().BeEmpty();
    }

    [Fact]
    public void Runs_of_spaces_merge_from_the_left()
    {
        // Prefix and four spaces: five marks.
        Load().EncodeIds("    ", addSpecialTokens: false).Should().Equal(Id("▁▁▁▁"), Id("▁"));
    }

    [Fact]
    public void Control_pieces_are_never_found_in_text()
    {
        SentencePieceTextTokenizer tokenizer = Load();
        tokenizer.EncodeIds("<s>", addSpecialTokens: false).Should().Equal(Id("▁"), 3 + '<', 3 + 's', 3 + '>');
        tokenizer.IsSpecial(1).Should().BeTrue();
        tokenizer.IsSpecial(0).Should().BeTrue();
        tokenizer.IsSpecial(Id("he")).Should().BeFalse();
        tokenizer.IsSpecial(99_999).Should().BeFalse();
    }

    [Fact]
    public void All_bytes_of_a_character_but_the_last_stand_for_nothing()
    {
        Load().EncodeSpans("ü", addSpecialTokens: false).Select(span => (span.Start, span.End)).Should().Equal((0, 0), (0, 0), (0, 1));
    }

    [Fact]
    public void Without_byte_fallback_a_run_of_unknown_characters_is_one_unknown_piece()
    {
        SentencePieceTextTokenizer tokenizer = Load(Bytes(byteFallback: false));
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans("hüßh", addSpecialTokens: false);
        spans.Select(span => span.Id).Should().Equal(Id("▁"), Id("h"), 0, Id("h"));
        spans[2].Should().Be(new TokenSpan(0, "<unk>", 1, 3));
        tokenizer.DecodeIds([Id("▁"), Id("h"), 0, Id("h")]).Should().Be("h \u2047 h");
    }

    [Fact]
    public void Decoding_drops_one_space_at_the_start_and_replaces_invalid_bytes_one_by_one()
    {
        SentencePieceTextTokenizer tokenizer = Load();
        tokenizer.DecodeIds([1, Id("▁▁"), Id("he"), 2]).Should().Be(" he");
        tokenizer.DecodeIds([3 + 0xF0, 3 + 0x9F, Id("▁the")]).Should().Be("\ufffd\ufffd the");
        tokenizer.DecodeIds([3 + 0xC3, 3 + 0xA9, 3 + 0xC3]).Should().Be("é\ufffd");
        tokenizer.Invoking(t => t.DecodeIds([int.MaxValue])).Should().Throw<ReproException>().WithMessage("*2147483647*");
    }

    [Fact]
    public void User_defined_pieces_are_taken_first_and_unused_ones_split_again()
    {
        SentencePieceTextTokenizer tokenizer = Load(Bytes(more: [("thell", 4), ("lo", 5)]));
        int userDefined = FirstPiece + Pieces.Length;
        tokenizer.EncodeIds("thello", addSpecialTokens: false).Should().Equal(Id("▁"), userDefined, Id("o"));
        tokenizer.EncodeIds("lo", addSpecialTokens: false).Should().Equal(Id("▁"), Id("l"), Id("o"));
    }

    [Fact]
    public void Extra_spaces_go_where_the_model_says_so()
    {
        SentencePieceTextTokenizer tokenizer = Load(Bytes(extraSpaces: true));
        tokenizer.EncodeIds("  the   the ", addSpecialTokens: false).Should().Equal(Id("▁the"), Id("▁the"));
        tokenizer.EncodeSpans("  the   the ", addSpecialTokens: false).Select(span => (span.Start, span.End))
            .Should().Equal((2, 5), (5, 11));
        tokenizer.EncodeIds("   ", addSpecialTokens: false).Should().BeEmpty();
        tokenizer.DecodeIds([Id("▁the"), Id("▁the")]).Should().Be("the the");
    }

    // Ids and offsets of SentencePiece 0.1.97 for this model. A mark that stands in the text is no space at its start, but at its end it
    // goes like one.
    [Theory]
    [InlineData("▁", "", new int[0])]
    [InlineData(" ▁", "", new int[0])]
    [InlineData("▁ ", "", new int[0])]
    [InlineData(" ▁ ▁ ", "", new int[0])]
    [InlineData("▁▁▁", "", new int[0])]
    [InlineData("   ", "", new int[0])]
    [InlineData("the▁", "▁the", new[] { 0, 3 })]
    [InlineData("the ▁ ▁", "▁the", new[] { 0, 3 })]
    [InlineData("▁the", "▁|▁the", new[] { 0, 0, 0, 4 })]
    [InlineData(" ▁ the", "▁▁|▁the", new[] { 1, 2, 2, 6 })]
    [InlineData("the ▁the", "▁the|▁|▁the", new[] { 0, 3, 3, 4, 4, 8 })]
    public void Marks_in_the_text_where_extra_spaces_go(string text, string pieces, int[] offsets) =>
        CheckPieces(Bytes(extraSpaces: true), text, pieces, offsets);

    [Theory]
    [InlineData("▁ ", "", new int[0])]
    [InlineData("the ▁ ▁", "t|he", new[] { 0, 1, 1, 3 })]
    [InlineData("▁the", "▁the", new[] { 0, 4 })]
    [InlineData(" ▁ the", "▁|▁the", new[] { 1, 2, 2, 6 })]
    public void Marks_in_the_text_where_there_is_no_prefix(string text, string pieces, int[] offsets) =>
        CheckPieces(Bytes(extraSpaces: true, prefix: false), text, pieces, offsets);

    [Theory]
    [InlineData("▁", "▁", new[] { 0, 0 })]
    [InlineData(" ▁ ▁ ", "▁", new[] { 1, 1 })]
    [InlineData("the ▁ ▁", "t|he|▁", new[] { 0, 1, 1, 3, 3, 3 })]
    [InlineData("▁the", "▁the|▁", new[] { 0, 4, 4, 4 })]
    [InlineData("   ", "", new int[0])]
    public void Marks_in_the_text_where_the_prefix_is_a_suffix(string text, string pieces, int[] offsets) =>
        CheckPieces(Bytes(extraSpaces: true, suffix: true), text, pieces, offsets);

    [Theory]
    [InlineData("▁", "<0x20>|▁", new[] { 0, 0, 0, 1 })]
    [InlineData(" ▁ ▁ ", "<0x20>|▁|<0x20>|▁", new[] { 1, 1, 1, 2, 2, 3, 3, 4 })]
    [InlineData("▁▁▁", "<0x20>|▁▁|▁", new[] { 0, 0, 0, 2, 2, 3 })]
    [InlineData(" ▁ the", "<0x20>|▁|<0x20>|t|he", new[] { 1, 1, 1, 2, 2, 3, 3, 4, 4, 6 })]
    [InlineData("   ", "", new int[0])]
    public void Marks_in_the_text_where_spaces_are_not_escaped(string text, string pieces, int[] offsets) =>
        CheckPieces(Bytes(extraSpaces: true, escape: false), text, pieces, offsets);

    [Theory]
    [InlineData("▁", "▁▁", new[] { 0, 1 })]
    [InlineData(" ▁", "▁▁|▁", new[] { 0, 1, 1, 2 })]
    [InlineData(" ▁ ▁ ", "▁▁▁▁|▁▁", new[] { 0, 3, 3, 5 })]
    [InlineData("the ▁ ▁", "▁the|▁▁▁▁", new[] { 0, 3, 3, 7 })]
    [InlineData("   ", "▁▁▁▁", new[] { 0, 3 })]
    public void Marks_in_the_text_where_all_spaces_stay(string text, string pieces, int[] offsets) =>
        CheckPieces(Bytes(), text, pieces, offsets);

    private static void CheckPieces(byte[] model, string text, string pieces, int[] offsets)
    {
        IReadOnlyList<TokenSpan> spans = Load(model).EncodeSpans(text, addSpecialTokens: false);
        string.Join('|', spans.Select(span => span.Token)).Should().Be(pieces);
        spans.SelectMany(span => (int[])[span.Start, span.End]).Should().Equal(offsets);
        Load(model).EncodeIds(text).Should().Equal([1, .. spans.Select(span => span.Id)]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Other_models_are_refused(int modelType)
    {
        Action load = () => Load(Bytes(modelType: modelType));
        load.Should().Throw<ReproException>().WithMessage(Invariant($"tiny.model*model_type is {modelType}*2 (BPE)*"));
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused_with_the_fact()
    {
        byte[] good = Bytes();
        Check(good[..^5], "*tiny.model*");
        Check([], "*model_type is 1*");
        Check([0xFF, 0xFF, 0xFF, 0xFF], "*tiny.model*");
        Check(Bytes(more: [("he", 1)]), "*'he'*twice*");
        Check(Bytes(more: [("x", 9)]), "*kind 9*");
        Check(Bytes(more: [("x", 6)]), "*'x' is a byte piece*");
        Check(Bytes(more: [("u", 2)]), "*2 unknown pieces*");
        byte[] broken = [.. good];
        int place = good.AsSpan().IndexOf("hell"u8);
        broken[place] = 0xFF;
        Check(broken, "*UTF-8*");

        static void Check(byte[] bytes, string message) =>
            FluentActions.Invoking(() => Load(bytes)).Should().Throw<ReproException>().WithMessage(message);
    }
}

using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Tokenization;
using static Repro.Tests.Unit.Tokenization.TinyTokenizer;

namespace Repro.Tests.Unit.Tokenization;

public sealed class BpeTextTokenizerTests
{
    [Fact]
    public void Merges_lowest_rank_first_and_leftmost_of_equals()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());

        // "a b" has a lower rank than "b c", so "abc" goes by "ab".
        tokenizer.EncodeIds("abc").Should().Equal(Merged("abc"));
        tokenizer.EncodeIds("bcab").Should().Equal(Merged("bc"), Merged("ab"));
        tokenizer.EncodeIds("in the inn").Should().Equal(
            Merged("in"), Merged("Ġthe"), Byte('Ġ'), Merged("in"), Byte('n'));
    }

    [Fact]
    public void Every_text_survives_as_bytes()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        const string text = "  Ünïcode 🍞\r\n\t\u200d \ufffe\ud835\udfd8 end ";
        tokenizer.DecodeIds(tokenizer.EncodeIds(text)).Should().Be(text);
        tokenizer.EncodeIds("").Should().BeEmpty();
        tokenizer.DecodeIds([]).Should().BeEmpty();
    }

    [Fact]
    public void An_unpaired_surrogate_counts_as_replacement_character()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        tokenizer.DecodeIds(tokenizer.EncodeIds("a\ud800b\udc00")).Should().Be("a\ufffdb\ufffd");
        tokenizer.EncodeSpans("\ud800é").Select(span => (span.Start, span.End)).Should().Equal((0, 1), (0, 1), (0, 1), (1, 2), (1, 2));
    }

    [Fact]
    public void Offsets_count_code_points_and_parts_of_a_character_have_all_of_it()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans("🍞the é");
        spans.Select(span => (span.Start, span.End)).Should().Equal(
            (0, 1), (0, 1), (0, 1), (0, 1), (1, 2), (2, 4), (4, 5), (5, 6), (5, 6));
    }

    [Fact]
    public void Added_tokens_are_cut_out_first_and_take_white_space_as_they_say()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel(
            PreTokenizerPatterns.Qwen2,
            Added(300, "<l>", lstrip: true),
            Added(301, "<r>", rstrip: true),
            Added(302, "<x>"),
            Added(303, "<x>y", special: false),
            Added(304, "CAB", special: false, singleWord: true)));
        tokenizer.EncodeIds("a \n<l> b").Should().Equal(Byte('a'), 300, Byte('Ġ'), Byte('b'));
        tokenizer.EncodeIds("a<r>\t b").Should().Equal(Byte('a'), 301, Byte('b'));
        tokenizer.EncodeIds("<x>y<x>").Should().Equal(303, 302);
        tokenizer.EncodeIds("CAB CABé").Should().Equal(304, Byte('Ġ'), Byte('C'), Byte('A'), Byte('B'), Byte('Ã'), Byte('©'));
        tokenizer.EncodeSpans("a \n<l>b").Select(span => (span.Start, span.End)).Should().Equal((0, 1), (1, 6), (6, 7));
        tokenizer.Count.Should().Be(FirstMerge + Merges.Length + 5);
        tokenizer.IdLimit.Should().Be(305);
    }

    [Fact]
    public void Special_tokens_can_be_plain_text_others_stay()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "<x>"), Added(301, "<y>", special: false)));
        tokenizer.EncodeIds("<x><y>", specialTokensAsText: true).Should().Equal(Byte('<'), Byte('x'), Byte('>'), 301);
        tokenizer.DecodeIds([300, 301, Byte('a')], skipSpecialTokens: true).Should().Be("<y>a");
        tokenizer.DecodeIds([300, 301, Byte('a')]).Should().Be("<x><y>a");
    }

    [Fact]
    public void Normalized_added_tokens_are_found_in_normalized_text()
    {
        JsonObject json = ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "e\u0301x", normalized: true), Added(301, "e\u0301y"));
        json["normalizer"] = new JsonObject { ["type"] = "NFC" };
        BpeTextTokenizer tokenizer = Load(json);
        tokenizer.EncodeIds("\u00e9x").Should().Equal(300);
        tokenizer.EncodeIds("e\u0301x").Should().Equal(300);
        tokenizer.EncodeIds("\u00e9y").Should().NotContain(301);
        tokenizer.EncodeIds("e\u0301y").Should().Equal(301);
    }

    [Fact]
    public void A_word_in_the_vocabulary_is_taken_whole_with_ignore_merges_only()
    {
        JsonObject json = ByteLevel();
        json["model"]!["vocab"]!["cab"] = 270;
        Load(json).EncodeIds("cab").Should().Equal(Byte('c'), Merged("ab"));
        json["model"]!["ignore_merges"] = true;
        Load(json).EncodeIds("cab").Should().Equal(270);
        Load(json).EncodeIds("cabs").Should().Equal(Byte('c'), Merged("ab"), Byte('s'));

        // Bytes that are no character by themselves are no word: none stands for U+FFFD.
        Load(json).EncodeIds("\ufffd").Should().Equal(Byte('ï'), Byte('¿'), Byte('½'));
    }

    [Fact]
    public void Template_tokens_come_on_request()
    {
        JsonObject json = ByteLevel(PreTokenizerPatterns.Qwen2, Added(300, "<b>"), Added(301, "<e>"));
        json["post_processor"] = JsonNode.Parse("""
            {"type":"TemplateProcessing",
             "single":[{"SpecialToken":{"id":"<b>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
               {"SpecialToken":{"id":"<e>","type_id":0}}],
             "special_tokens":{"<b>":{"id":"<b>","ids":[300],"tokens":["<b>"]},"<e>":{"id":"<e>","ids":[301],"tokens":["<e>"]}}}
            """);
        BpeTextTokenizer tokenizer = Load(json);
        tokenizer.EncodeIds("a").Should().Equal(300, Byte('a'), 301);
        tokenizer.EncodeIds("a", addSpecialTokens: false).Should().Equal(Byte('a'));
        tokenizer.EncodeSpans("a")[0].Should().Be(new TokenSpan(300, "<b>", 0, 0, true));
    }

    [Fact]
    public void Prefix_space_and_trimmed_offsets()
    {
        JsonObject json = ByteLevel();
        json["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["use_regex"] = true };
        json["post_processor"] = new JsonObject { ["type"] = "ByteLevel", ["trim_offsets"] = true };
        BpeTextTokenizer tokenizer = Load(json);
        tokenizer.EncodeIds("the").Should().Equal(Merged("Ġthe"));
        tokenizer.EncodeIds(" the").Should().Equal(Merged("Ġthe"));
        tokenizer.EncodeSpans("a the").Select(span => (span.Start, span.End)).Should().Equal((0, 0), (0, 1), (2, 5));
    }

    [Fact]
    public void Unknown_ids_are_an_error_unless_ignored()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        Action decode = () => tokenizer.DecodeIds([Byte('a'), 4711]);
        decode.Should().Throw<ReproException>().WithMessage("*4711*0 to 262*");
        tokenizer.Invoking(t => t.DecodeIds([-1])).Should().Throw<ReproException>();
        tokenizer.DecodeIds([Byte('a'), 4711, -1], ignoreUnknownIds: true).Should().Be("a");
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(20_000)]
    public void Words_of_any_length_merge_alike(int length)
    {
        // From 4096 characters on the package does not merge.
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        string word = string.Concat(Enumerable.Repeat("abcab", (length / 5) + 1))[..length];
        int[] expected =
        [
            .. Enumerable.Repeat((int[])[Merged("abc"), Merged("ab")], length / 5).SelectMany(ids => ids),
            .. tokenizer.EncodeIds(word[(length / 5 * 5)..]),
        ];
        tokenizer.EncodeIds(word).Should().Equal(expected);
        tokenizer.EncodeSpans("é " + word).Skip(3).Select(span => span.Start).Should().BeInAscendingOrder();
        tokenizer.EncodeIds("é " + word).Should().EndWith(expected);
    }

    [Fact]
    public void A_run_of_one_letter_takes_no_quadratic_time()
    {
        JsonObject json = ByteLevel();
        json["model"]!["vocab"]!["aa"] = 270;
        json["model"]!["merges"]!.AsArray().Add("a a");
        BpeTextTokenizer tokenizer = Load(json);
        Work.Growth(size => tokenizer.EncodeIds(new string('a', size)).Length.Should().Be(size / 2), 40_000, 8)
            .Should().BeLessThan(Work.Quadratic(8));
    }

    [Fact]
    public void Threads_may_share_a_tokenizer()
    {
        BpeTextTokenizer tokenizer = Load(ByteLevel());
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => Invariant($"in the {i} abc {i * 7919}"))];
        int[][] expected = [.. texts.Select(text => Load(ByteLevel()).EncodeIds(text)).Take(20)];
        int[][] found = [.. texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(text => tokenizer.EncodeIds(text))];
        found.Take(20).Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
        found.Should().BeEquivalentTo(texts.Select(text => tokenizer.EncodeIds(text)), options => options.WithStrictOrdering());
    }
}

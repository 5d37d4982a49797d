using System.Text;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Tokenization;
using Repro.Experiments.Claims;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>
/// Components of the tokenizers of SmolLM2, Gemma, RoBERTa and of Llama 2 and Mistral as they are saved today. Right values come from the
/// vectors: each component is another spelling of what a vector's tokenizer does, or cuts a text whose parts that one encodes.
/// </summary>
public sealed class TokenizerComponentTests
{
    private static readonly string[] _texts =
        ["In 2024 it cost 15 euros.", " leading", "two  spaces and\ta tab", "é 🍞 ½ ٣٤ x²", "a\n\nb 1234567", "▁mark already", ""];

    /// <summary>Metaspace gives what Prepend and Replace give, which is SentencePiece itself, for texts without added tokens.</summary>
    [Theory]
    [InlineData("always", true)]
    [InlineData("first", false)]
    [InlineData("first", true)]
    public void Metaspace_gives_the_ids_of_the_normalizers_that_it_took_the_place_of(string scheme, bool split)
    {
        var before = Vector("spm-400", _ => { });
        var after = Vector("spm-400", json => Metaspace(json, scheme, split));
        foreach (var text in _texts.Where(text => text.Length > 0 && text[0] is not (' ' or '▁')))
        {
            after.EncodeIds(text).Should().Equal(before.EncodeIds(text), text);
            after.EncodeSpans(text).Should().Equal(before.EncodeSpans(text), text);
            after.DecodeIds(after.EncodeIds(text, addSpecialTokens: false)).Should().Be(text);
        }
    }

    /// <summary>The Rust library: a mark in front unless the stretch starts with one; after added tokens only under "always".</summary>
    [Fact]
    public void Metaspace_puts_its_mark_where_the_scheme_says()
    {
        int[] Ids(string scheme, string text) =>
            Vector("spm-400", json => Metaspace(json, scheme, split: false)).EncodeIds(text, addSpecialTokens: false);
        var plain = Vector("spm-400", json => json["normalizer"] =
            JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}"""));
        int[] Plain(string text) => plain.EncodeIds(text, addSpecialTokens: false);
        Ids("always", "the</s>the").Should().Equal([.. Plain(" the"), 2, .. Plain(" the")]);
        Ids("first", "the</s>the").Should().Equal([.. Plain(" the"), 2, .. Plain("the")]);
        Ids("first", "</s>the").Should().Equal([2, .. Plain("the")]);
        Ids("never", "the</s>the").Should().Equal([.. Plain("the"), 2, .. Plain("the")]);
        Ids("always", " the").Should().Equal(Plain(" the"));
        Plain(" the").Should().NotEqual(Plain("the"));
    }

    /// <summary>SmolLM2: each digit for itself before GPT-2's pattern cuts the rest.</summary>
    [Theory]
    [InlineData(true, "In |2|0|2|4| it cost |1|5| euros.")]
    [InlineData(false, "In |2024| it cost |15| euros.")]
    [InlineData(true, "x|²| |½| |٣|٤")]
    public void Digits_are_cut_out(bool individual, string parts)
    {
        var gpt2 = Vector("gpt2-700", _ => { });
        var digits = Vector("gpt2-700", json => json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "Digits", ["individual_digits"] = individual },
                json["pre_tokenizer"]!.DeepClone()),
        });
        digits.EncodeIds(parts.Replace("|", "", StringComparison.Ordinal)).Should().Equal(parts.Split('|').SelectMany(part =>
            gpt2.EncodeIds(part)));
    }

    /// <summary>Gemma: marks for spaces by the normalizer, none in front, and a Split at spaces that are gone by then.</summary>
    [Fact]
    public void The_tokenizer_of_Gemma_puts_no_mark_in_front()
    {
        var gemma = Vector("spm-400", json =>
        {
            json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
            json["pre_tokenizer"] =
                JsonNode.Parse("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""");
        });
        var llama = Vector("spm-400", _ => { });
        gemma.EncodeIds(" the other").Should().Equal(llama.EncodeIds("the other"));
        gemma.EncodeIds("the other").Should().NotEqual(llama.EncodeIds("the other"));
        gemma.DecodeIds(gemma.EncodeIds(" the", addSpecialTokens: false)).Should().Be("the", "the decoder takes one space off");
    }

    /// <summary>Ids and texts of a second computation (<c>bench/python/tokenizer_fixtures.py</c>) for a file of the published form: BPE
    /// over whole texts with bytes for unknown characters, added tokens that are not special, no mark in front, a template.</summary>
    [Fact]
    public void A_tokenizer_in_the_form_of_Gemma_gives_the_ids_of_a_second_computation()
    {
        var folder = Path.Combine(RepositoryRoot.Find(), "fixtures", "tokenizers", "gemma");
        var gemma = TokenizerLoader.Load(folder);
        (gemma.Specials.Begin, gemma.Specials.End, gemma.Specials.Pad, gemma.AddsBegin).Should().Be((2, 1, 0, true));
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")))!;
        foreach (var row in expected["encoded"]!.AsArray())
        {
            var (text, ids) = (row!["text"]!.GetValue<string>(), Ids(row));
            gemma.EncodeIds(text).Should().Equal(ids, "of '{0}'", text);
            gemma.EncodeSpans(text).Select(span => span.Id).Should().Equal(ids, "of '{0}'", text);
        }

        foreach (var row in expected["decoded"]!.AsArray())
        {
            gemma.DecodeIds(Ids(row!), skipSpecialTokens: true).Should().Be(row!["text"]!.GetValue<string>());
        }

        static int[] Ids(JsonNode row) => [.. row["ids"]!.AsArray().Select(id => id!.GetValue<int>())];
    }

    /// <summary>The five behaviours on "the-final--countdown" and "-", as the documentation of the Rust library lists them.</summary>
    [Theory]
    [InlineData("Removed", false, "the|final|countdown")]
    [InlineData("Isolated", false, "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the|-|final|--|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    public void Split_knows_all_behaviours(string behavior, bool invert, string pieces)
    {
        var split = new SplitStep("-", Enum.Parse<SplitBehavior>(behavior), invert);
        const string Text = "the-final--countdown";
        split.PreTokenize(Text).Select(piece => Text.Substring(piece.Offset, piece.Length)).Should().Equal(pieces.Split('|'));
    }

    [Theory]
    [InlineData("a++b", "(?>a+)b")]
    [InlineData(@"[^\r\n\p{L}]?+\p{L}++", @"(?>[^\r\n\p{L}]?)(?>\p{L}+)")]
    [InlineData("(?:ab|c)*+d", "(?>(?:ab|c)*)d")]
    [InlineData(@"\x41++", @"(?>\x41+)")]
    [InlineData(@"\++?", @"\++?")]
    [InlineData(@"[+]+", @"[+]+")]
    [InlineData(@"[]+]++", @"(?>[]+]+)")]
    public void Possessive_quantifiers_become_atomic_groups(string pattern, string written) =>
        RegexTranslation.ToDotNet(pattern).Should().Be(written);

    /// <summary>.NET reads these in another way than Oniguruma, without a word.</summary>
    [Theory]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+")]
    [InlineData("[a[b]]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("a{2}+")]
    [InlineData(@"[\P{Han}a]")]
    public void What_dotnet_would_read_in_another_way_is_refused(string pattern) =>
        FluentActions.Invoking(() => new SplitStep(pattern, SplitBehavior.Isolated,
            false)).Should().Throw<ReproException>().WithMessage($"Split pattern '{pattern}'*");

    [Theory]
    [InlineData(@"\p{Han}+", "x中文y", "x|中文|y")]
    [InlineData(@"\p{Han}+", "𠀀々〇あ", "𠀀々〇|あ")]
    [InlineData(@"[\p{Han}a]+", "b中a𠀀b", "b|中a𠀀|b")]
    [InlineData(@"\P{Han}+", "x中y", "x|中|y")]
    [InlineData(@"[一-龥]+", "中𠀀", "中|𠀀")]
    [InlineData(@"\p{N}{1,3}|[^\r\n\p{L}\p{N}]?+\p{L}+|\s++$|\s+", "ab 1234 x", "ab| |123|4| x")]
    public void Patterns_cut_as_Oniguruma_does(string pattern, string text, string pieces) =>
        new SplitStep(pattern, SplitBehavior.Isolated, false).PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length))
            .Should().Equal(pieces.Split('|'));

    [Fact]
    public void Roberta_and_Bert_put_their_two_tokens_around()
    {
        var plain = Tiny(_ => { });
        foreach (var type in new[] { "RobertaProcessing", "BertProcessing" })
        {
            var framed = Tiny(json => json["post_processor"] =
                JsonNode.Parse($$"""{"type":"{{type}}","sep":["b",65],"cls":["a",64],"trim_offsets":true,"add_prefix_space":false}"""));
            framed.EncodeIds("the").Should().Equal([64, .. plain.EncodeIds("the"), 65]);
        }

        Tiny(json => json["post_processor"] =
            JsonNode.Parse("""{"type":"RobertaProcessing","sep":["b",65],"cls":["a",64],"trim_offsets":true,"add_prefix_space":false}"""))
            .EncodeSpans("a the").Where(span => !span.IsTemplate).Select(span => (span.Start, span.End)).Should().Equal((0, 1), (2, 5));
    }

    /// <summary>Unicode's own examples of form KC, and half-width Katakana, whose mark joins the letter before it.</summary>
    [Theory]
    [InlineData("ﬁ", "fi")]
    [InlineData("x²½", "x21⁄2")]
    [InlineData("ｱｶﾞ", "アガ")]
    [InlineData("Ａ\u00A0b", "A b")]
    [InlineData("ẛ̣", "ṩ")]
    [InlineData("plain", "plain")]
    public void Nfkc_replaces_compatibility_characters(string text, string expected)
    {
        var normalizer = new NfcNormalizer(compatibility: true);
        normalizer.Apply(text).Should().Be(expected).And.Be(text.Normalize(NormalizationForm.FormKC));
        var aligned = normalizer.Apply(AlignedText.Identity(text));
        aligned.Text.Should().Be(expected);
        aligned.Starts.Should().HaveCount(expected.Length).And.BeInAscendingOrder();
    }

    [Fact]
    public void Nfkc_gives_what_dotnet_gives_for_every_character()
    {
        var normalizer = new NfcNormalizer(compatibility: true);
        for (var code = 0; code < 0x20000; code++)
        {
            if (Rune.IsValid(code) && (code & 0xFFFE) != 0xFFFE)
            {
                var text = "a" + char.ConvertFromUtf32(code) + "\u0301";
                normalizer.Apply(AlignedText.Identity(text)).Text.Should().Be(text.Normalize(NormalizationForm.FormKC), $"U+{code:X4}");
            }
        }
    }

    [Fact]
    public void What_the_Rust_library_passes_over_is_passed_over()
    {
        var tokenizer = Tiny(json =>
        {
            json["model"]!["dropout"] = 0.0;
            json["added_tokens"] = new JsonArray(TinyTokenizer.Added(300, ""), TinyTokenizer.Added(301, "<x>"),
                TinyTokenizer.Added(301, "<x>"));
        });
        tokenizer.EncodeIds("a<x>").Should().Equal(64, 301);
        tokenizer.AddedTokens.Should().ContainSingle();
        FluentActions.Invoking(() => Tiny(json => json["model"]!["dropout"] =
            0.1)).Should().Throw<ReproException>().WithMessage("*model.dropout must be null or 0*");
    }

    /// <summary>Letters of added tokens may be letters of the byte alphabet: a response shows them as they are written.</summary>
    [Theory]
    [InlineData("čaj")]
    [InlineData("señor")]
    [InlineData("đem")]
    [InlineData("<|émoi|>")]
    public void An_added_token_comes_out_as_it_is_written(string token)
    {
        var tokenizer = Tiny(json => json["added_tokens"] = new JsonArray(TinyTokenizer.Added(300, token, special: false)));
        var ids = tokenizer.EncodeIds($"a {token} b");
        ids.Should().Contain(300);
        tokenizer.DecodeText(ids).Should().Be($"a {token} b");
    }

    private static void Metaspace(JsonObject json, string scheme, bool split)
    {
        json["normalizer"] = null;
        json["pre_tokenizer"] =
            JsonNode.Parse($$"""
                {"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{(split ? "true" : "false")}}}
                """);
        json["decoder"] =
            JsonNode.Parse($$"""
                {"type":"Sequence","decoders":[{"type":"ByteFallback"},
                 {"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":true}]}
                """);
    }

    private static BpeTextTokenizer Vector(string name, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(VectorFolder.Path("tokenizers", name, "tokenizer.json")))!.AsObject();
        change(json);
        return TokenizerLoader.ReadTokenizerJson(TinyTokenizer.Bytes(json));
    }

    private static BpeTextTokenizer Tiny(Action<JsonObject> change)
    {
        var json = TinyTokenizer.ByteLevel();
        change(json);
        return TokenizerLoader.ReadTokenizerJson(TinyTokenizer.Bytes(json));
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Every file that does not fit gives one message that names file and key.</summary>
public sealed class TokenizerFileErrorTests
{
    public static TheoryData<string, string> Changes => new()
    {
        { """{"model":null}""", "*tiny.json.model is missing*" },
        { """{"model":{"type":"WordPiece"}}""", "*tiny.json.model.type must be BPE*" },
        { """{"model":{"dropout":0.1}}""", "*model.dropout must be null*" },
        { """{"model":{"end_of_word_suffix":"</w>"}}""", "*model.end_of_word_suffix must be empty*" },
        { """{"model":{"unk_token":"<nope>"}}""", "*model.unk_token '<nope>' is not in the vocabulary*" },
        { """{"model":{"unk_token":5}}""", "*model.unk_token must be a string*" },
        { """{"model":{"vocab":[1,2]}}""", "*model.vocab must be an object*" },
        { """{"model":{"vocab":{"a":-1}}}""", "*model.vocab: entry 0 must have a whole number*" },
        { """{"model":{"vocab":{"a":1.5}}}""", "*model.vocab: entry 0 must have a whole number*" },
        { """{"model":{"vocab":{"a":2147483647}}}""", "*id 2147483647 is too high*" },
        { """{"model":{"vocab":{"a":1,"b":1}}}""", "*'b' or id 1 stands there twice*" },
        { """{"model":{"merges":null}}""", "*model.merges must be an array*" },
        { """{"model":{"merges":["a"]}}""", "*model.merges[0] must join two tokens*" },
        { """{"model":{"merges":["a b","a zzz"]}}""", "*model.merges[1] must join*" },
        { """{"model":{"merges":[["a","b","c"]]}}""", "*model.merges[0]*" },
        { """{"model":{"merges":["z z"]}}""", "*to a third*" },
        { """{"normalizer":{"type":"Bert"}}""", "*tiny.json.normalizer.type must be NFC*" },
        { """{"normalizer":[]}""", "*normalizer must be an object or null*" },
        { """{"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend"}]}}""",
            "*normalizers[1].prepend must be a string*" },
        { """{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}}""", "*'('*regular expression*" },
        { """{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a"},"behavior":"Kept"}}""",
            "*pre_tokenizer.behavior must be Removed, Isolated*" },
        { """{"pre_tokenizer":{"type":"Whitespace"}}""", "*pre_tokenizer.type must be*" },
        { """{"decoder":{"type":"WordPiece"}}""", "*decoder.type must be*" },
        { """{"decoder":{"type":"Strip","content":"ab","start":1,"stop":0}}""", "*decoder.content must be a single character*" },
        { """{"decoder":{"type":"Strip","content":"a","start":-1,"stop":0}}""", "*decoder.start must be a whole number*" },
        { """{"post_processor":{"type":"TemplateProcessing","single":[],"special_tokens":{}}}""", "*post_processor.single must be*" },
        { """
            {"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}},{"Sequence":{}}],
             "special_tokens":{"x":{"ids":[999]}}}}
            """,
            "*adds token id 999*" },
        { """{"added_tokens":{}}""", "*added_tokens must be an array*" },
        { """{"added_tokens":[{"id":300,"content":7}]}""", "*added_tokens[0].content*" },
        { """{"added_tokens":[{"id":300,"content":"x","special":true}]}""", "*added_tokens[0].single_word must be true or false*" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Key_and_expectation_are_named(string change, string message)
    {
        JsonObject json = TinyTokenizer.ByteLevel();
        Apply(json, JsonNode.Parse(change)!.AsObject());
        FluentActions.Invoking(() => TinyTokenizer.Load(json)).Should().Throw<ReproException>().WithMessage(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"model\":{}}")]
    [InlineData("{\"model\":{\"vocab\":{\"\\ud800\":1}}}")]
    [InlineData("{\"a\":1,\"a\":2}")]
    [InlineData("{} trailing")]
    public void What_is_no_tokenizer_is_refused(string text)
    {
        FluentActions.Invoking(() => TokenizerLoader.ReadTokenizerJson(Encoding.UTF8.GetBytes(text), "file.json"))
            .Should().Throw<ReproException>().WithMessage("*file.json*");
    }

    [Fact]
    public void Deep_nesting_and_invalid_bytes_are_refused()
    {
        string deep = new string('[', 100_000) + new string(']', 100_000);
        FluentActions.Invoking(() => TokenizerLoader.ReadTokenizerJson(Encoding.UTF8.GetBytes($"{{\"normalizer\":{deep}}}")))
            .Should().Throw<ReproException>();
        byte[] bytes = TinyTokenizer.Bytes(TinyTokenizer.ByteLevel());
        bytes[bytes.AsSpan().IndexOf("\"he\""u8) is var place && place > 0 ? place + 1 : bytes.Length / 2] = 0xFF;
        FluentActions.Invoking(() => TokenizerLoader.ReadTokenizerJson(bytes)).Should().Throw<ReproException>();
    }

    [Fact]
    public void Added_tokens_must_not_clash()
    {
        Refused(TinyTokenizer.Added(300, "<x>"), TinyTokenizer.Added(300, "<y>"));
        Refused(TinyTokenizer.Added(300, "<x>"), TinyTokenizer.Added(301, "<x>"));
        Refused(TinyTokenizer.Added(TinyTokenizer.Byte('a'), "<x>"));
        Refused(TinyTokenizer.Added(300, "a"));

        static void Refused(params JsonObject[] added) =>
            FluentActions.Invoking(() => TinyTokenizer.Load(TinyTokenizer.ByteLevel(PreTokenizerPatterns.Qwen2, added)))
                .Should().Throw<ReproException>().WithMessage("*added_tokens*taken already*");
    }

    [Fact]
    public void Missing_files_and_unknown_tokens_of_the_configuration_are_named()
    {
        using var folder = new TemporaryFolder();
        FluentActions.Invoking(() => TokenizerLoader.Load(folder.Path)).Should().Throw<ReproException>().WithMessage("*neither*");
        FluentActions.Invoking(() => TokenizerLoader.Load(Path.Combine(folder.Path, "none.json")))
            .Should().Throw<ReproException>().WithMessage("*none.json*");
        folder.Write("tokenizer.json", TinyTokenizer.ByteLevel().ToJsonString());
        TokenizerLoader.Load(folder.Path).Specials.Should().Be(new SpecialTokenIds());
        folder.Write("tokenizer_config.json", """{"eos_token":{"content":"he"},"bos_token":null,"pad_token":"b"}""");
        TokenizerLoader.Load(folder.Path).Specials
            .Should().Be(new SpecialTokenIds(null, TinyTokenizer.Merged("he"), TinyTokenizer.Byte('b')));
        folder.Write("tokenizer_config.json", """{"eos_token":"<nope>"}""");
        FluentActions.Invoking(() => TokenizerLoader.Load(folder.Path))
            .Should().Throw<ReproException>().WithMessage("*eos_token '<nope>'*");
        folder.Write("tokenizer_config.json", "{");
        FluentActions.Invoking(() => TokenizerLoader.Load(folder.Path))
            .Should().Throw<ReproException>().WithMessage("*tokenizer_config.json*");
    }

    private static void Apply(JsonObject target, JsonObject change)
    {
        foreach ((string name, JsonNode? value) in change)
        {
            if (value is JsonObject inner && name == "model")
            {
                Apply(target[name]!.AsObject(), inner);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }
}

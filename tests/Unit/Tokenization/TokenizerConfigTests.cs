using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>What the files beside a tokenizer say: more tokens, their roles, begin and end tokens, and where marks of spaces
/// stand.</summary>
public sealed class TokenizerConfigTests : IDisposable
{
    // The pieces of the tiny model end there.
    private static readonly int _pieces = TinySentencePiece.FirstPiece + TinySentencePiece.Pieces.Length;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Vicuna and early Llama 2 folders: tokenizer.model with added_tokens.json and special_tokens_map.json.</summary>
    [Fact]
    public void Tokens_of_added_tokens_json_are_found_beside_a_sentencepiece_model()
    {
        SentencePiece("""{"bos_token":"<s>","eos_token":"</s>"}""");
        _folder.Write("added_tokens.json",
            Invariant($$"""{"<pad>":{{_pieces}},"<|im_start|>":{{_pieces + 1}},"<|im_end|>":{{_pieces + 2}}}"""));
        _folder.Write("special_tokens_map.json", """{"eos_token":"<|im_end|>","pad_token":{"content":"<pad>"}}""");
        var tokenizer = TokenizerLoader.Load(_folder.Path);
        var plain = TokenizerLoader.ReadSentencePiece(TinySentencePiece.Bytes());
        tokenizer.EncodeIds("<|im_start|>hell").Should().Equal([1, _pieces + 1, .. plain.EncodeIds("hell", addSpecialTokens: false)]);
        tokenizer.EncodeIds("<|im_start|>", specialTokensAsText: false).Should().Equal(1, _pieces + 1);
        (tokenizer.IdLimit, tokenizer.Count).Should().Be((_pieces + 3, _pieces + 3));
        (tokenizer.Specials.End, tokenizer.Specials.Pad).Should().Be((_pieces + 2, _pieces));
        tokenizer.DecodeIds([.. tokenizer.EncodeIds("hell<|im_end|>", false)]).Should().Be("hell<|im_end|>");
        tokenizer.DecodeIds([.. tokenizer.EncodeIds("hell<|im_end|>", false)], skipSpecialTokens: true).Should().Be("hell");
        tokenizer.EncodeSpans("🍞<|im_end|>é", addSpecialTokens: false).Where(span => span.Id == _pieces + 2).Select(span =>
            (span.Start, span.End)).Should().Equal((1, 11));
        new ChatMlTemplate().Encode(tokenizer, [new ChatMessage(ChatRole.User, "hell")]).Ids[0].Should().Be(_pieces + 1);
    }

    [Fact]
    public void Tokens_of_added_tokens_decoder_count_before_those_of_the_older_file()
    {
        SentencePiece(Invariant($$$$"""
            {"eos_token":"<|im_end|>",
             "added_tokens_decoder":{"1":{"content":"<s>","special":true},"{{{{_pieces}}}}":{"content":"<|im_end|>","special":true}}}
            """));
        _folder.Write("added_tokens.json", """{"<old>":900}""");
        var tokenizer = TokenizerLoader.Load(_folder.Path);
        (tokenizer.Specials.End, tokenizer.IdOf("<old>")).Should().Be((_pieces, null));
        tokenizer.EncodeIds("<s>he", false)[0].Should().Be(1, "the file says that it is one token");
    }

    [Fact]
    public void A_token_beside_the_model_that_has_another_id_there_is_refused()
    {
        SentencePiece("{}");
        _folder.Write("added_tokens.json", """{"<pad>":260}""");
        FluentActions.Invoking(() =>
            TokenizerLoader.Load(_folder.Path)).Should().Throw<ReproException>().WithMessage("*added_tokens.json: '<pad>' has id 260*");
    }

    [Fact]
    public void Tokens_beside_tokenizer_json_are_added_after_its_own()
    {
        var limit = Tiny("""{"added_tokens_decoder":{"NEXT":{"content":"<|tool|>","special":true}}}""");
        var tokenizer = (BpeTextTokenizer)TokenizerLoader.Load(_folder.Path);
        tokenizer.EncodeIds("a<|tool|>b").Should().Equal(64, limit, 65);
        tokenizer.IsSpecial(limit).Should().BeTrue();

        _folder.Write("tokenizer_config.json", """{"added_tokens_decoder":{"900":{"content":"<|tool|>","special":true}}}""");
        FluentActions.Invoking(() =>
            TokenizerLoader.Load(_folder.Path)).Should().Throw<ReproException>()
            .WithMessage(Invariant($"*'<|tool|>' has id 900 there, but * makes it {limit}*"));
    }

    /// <summary>Yi 1.5: a begin token has a name, and <c>add_bos_token: false</c> says that no text begins with it.</summary>
    [Theory]
    [InlineData("""{"bos_token":"a","add_bos_token":false,"tokenizer_class":"LlamaTokenizer"}""", null, new[] { 66 })]
    [InlineData("""{"bos_token":"a","add_bos_token":true}""", 64, new[] { 64, 66 })]
    [InlineData("""{"bos_token":"a","tokenizer_class":"LlamaTokenizer"}""", 64, new[] { 64, 66 })]
    [InlineData("""{"bos_token":"a"}""", 64, new[] { 66 })]
    [InlineData("""{"bos_token":"a","eos_token":"b","add_bos_token":true,"add_eos_token":true}""", 64, new[] { 64, 66, 65 })]
    [InlineData("""{"add_bos_token":true}""", null, new[] { 66 })]
    public void Begin_and_end_tokens_stand_where_the_flags_say(string config, int? begin, int[] ids)
    {
        Tiny(config);
        var tokenizer = TokenizerLoader.Load(_folder.Path);
        tokenizer.BeginOfText.Should().Be(begin);
        tokenizer.EncodeIds("c").Should().Equal(ids);
    }

    [Fact]
    public void A_prompt_begins_with_no_token_that_the_model_never_saw()
    {
        Tiny("""
            {"bos_token":"a","add_bos_token":false,
             "added_tokens_decoder":{"NEXT":{"content":"<|im_start|>","special":true},"NEXT+1":{"content":"<|im_end|>","special":true}}}
            """);
        var tokenizer = TokenizerLoader.Load(_folder.Path);
        ChatForms.PromptIds(new ChatMlTemplate(), tokenizer,
            [new ChatMessage(ChatRole.User, "Hi")])[0].Should().Be(tokenizer.IdOf("<|im_start|>"));
    }

    /// <summary>Vicuna 1.5, <c>"legacy": false</c>: a mark of a space in front of the text, none after a special token.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Legacy_says_whether_a_mark_stands_after_a_special_token(bool legacy)
    {
        SentencePiece(Invariant($$$$"""
            {"legacy":{{{{(legacy ? "true" : "false")}}}},
             "added_tokens_decoder":{"{{{{_pieces}}}}":{"content":"<|prompter|>","special":true}}}
            """));
        var tokenizer = TokenizerLoader.Load(_folder.Path);
        int Id(string piece) => tokenizer.IdOf(piece)!.Value;
        tokenizer.EncodeIds("the", false).Should().Equal(Id("▁the"));
        int[] after = legacy ? [Id("▁the")] : [Id("t"), Id("he")];
        tokenizer.EncodeIds("the<|prompter|>the", false).Should().Equal([Id("▁the"), _pieces, .. after]);
        tokenizer.EncodeIds("<|prompter|>the", false).Should().Equal([_pieces, .. after]);
        tokenizer.EncodeIds("<|prompter|> the", false).Should().Equal(legacy ? [_pieces, Id("▁"), Id("▁the")] : [_pieces, Id("▁the")]);
        tokenizer.EncodeFurther("the").Select(span => span.Id).Should().Equal(after);
    }

    [Fact]
    public void More_tokens_get_ids_that_are_free()
    {
        SentencePiece("{}");
        _folder.Write("added_tokens.json", Invariant($$"""{"<pad>":{{_pieces}},"<|im_end|>":{{_pieces + 1}}}"""));
        ModelConfigFile.Write(Path.Combine(_folder.Path, ModelConfigFile.Name),
            TinyModels.Config(ModelArchitecture.Llama) with { VocabularySize = _pieces + 2 });
        var target = Path.Combine(_folder.Path, "more");
        TokenExtension.Extend(_folder.Path, target, ["<|prompter|>", "<|im_end|>"], CancellationToken.None)
            .Should().Equal(("<|prompter|>", _pieces + 2, true), ("<|im_end|>", _pieces + 1, false));
        var after = TokenizerLoader.Load(target);
        (after.IdOf("<pad>"), after.IdOf("<|im_end|>"), after.IdOf("<|prompter|>")).Should().Be((_pieces, _pieces + 1, _pieces + 2));
    }

    /// <summary>tokenizer.json has a token more than tokenizer.model: both forms of the extended folder mean the same ids.</summary>
    [Fact]
    public void Both_files_of_a_folder_give_the_same_ids()
    {
        var json = JsonNode.Parse(TinyConverted.Bytes())!.AsObject();
        json["added_tokens"]!.AsArray().Add(TinyTokenizer.Added(_pieces, "<pad>"));
        _folder.Write("tokenizer.json", json.ToJsonString());
        File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.model"), TinySentencePiece.Bytes());
        ModelConfigFile.Write(Path.Combine(_folder.Path, ModelConfigFile.Name),
            TinyModels.Config(ModelArchitecture.Llama) with { VocabularySize = _pieces + 1 });
        var target = Path.Combine(_folder.Path, "more");
        TokenExtension.Extend(_folder.Path, target, ["<|prompter|>"],
            CancellationToken.None).Should().Equal(("<|prompter|>", _pieces + 1, true));
        var fast = TokenizerLoader.Load(target);
        File.Delete(Path.Combine(target, "tokenizer.json"));
        var slow = TokenizerLoader.Load(target);
        foreach (var tokenizer in new[] { fast, slow })
        {
            (tokenizer.IdOf("<pad>"), tokenizer.IdOf("<|prompter|>")).Should().Be((_pieces, _pieces + 1));
        }
    }

    public void Dispose() => _folder.Dispose();

    private void SentencePiece(string config)
    {
        File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.model"), TinySentencePiece.Bytes());
        _folder.Write("tokenizer_config.json", config);
    }

    /// <summary>Writes a byte-level tokenizer; NEXT in the configuration is the id after its last.</summary>
    private int Tiny(string config)
    {
        var json = TinyTokenizer.ByteLevel();
        File.WriteAllBytes(Path.Combine(_folder.Path, "tokenizer.json"), TinyTokenizer.Bytes(json));
        var limit = TinyTokenizer.FirstMerge + TinyTokenizer.Merges.Length;
        _folder.Write("tokenizer_config.json", config.Replace("NEXT+1", Invariant($"{limit + 1}"),
            StringComparison.Ordinal).Replace("NEXT", Invariant($"{limit}"), StringComparison.Ordinal));
        return limit;
    }
}

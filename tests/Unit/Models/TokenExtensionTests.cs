using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Losses.Vectors;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Tokenization;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>A model with more tokens says the same of old texts, and knows the new tokens.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TokenExtensionTests : IDisposable
{
    private static readonly string[] _tags = ["<|prompter|>", "<|assistant|>", "<|system|>"];

    private readonly TemporaryFolder _folder = new();

    private string Source => Path.Combine(_folder.Path, "source");

    private string Target => Path.Combine(_folder.Path, "target");

    [Theory]
    [InlineData(ModelArchitecture.Llama, 2_000L)]
    [InlineData(ModelArchitecture.Llama, 5_000_000_000L)]
    [InlineData(ModelArchitecture.Qwen2, 2_000L)]
    [InlineData(ModelArchitecture.Gpt2, 5_000_000_000L)]
    [InlineData(ModelArchitecture.Gemma3, 2_000L)]
    public void Old_tokens_keep_their_logits_and_new_ones_start_as_the_mean(ModelArchitecture architecture, long shardBytes)
    {
        using var scope = NewDisposeScope();
        var tokenizer = Make(architecture, shardBytes);
        var old = tokenizer.IdLimit;
        var added = TokenExtension.Extend(Source, Target, _tags, CancellationToken.None);
        added.Should().Equal(_tags.Select((tag, i) => (tag, old + i, true)));
        using var before = LanguageModel.Load(Source);
        using var after = LanguageModel.Load(Target);
        after.Config.VocabularySize.Should().Be(old + 3);
        var ids = tensor(new long[] { 1, 5, 7, 3, 9, 11 }, [1, 6]);
        var mask = ones([1, 6], ScalarType.Int64);
        var (expected, found) = (before.Logits(ids, mask), after.Logits(ids, mask));
        (found.narrow(2, 0, old) - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
        // The output layer is linear: the logit of a mean row is the mean of the logits.
        (found.narrow(2, old, 3) - expected.mean([2], true)).abs().max().item<float>().Should().BeLessThan(1e-4f);
        File.Exists(Path.Combine(Target, SafetensorsFolder.IndexName)).Should().Be(shardBytes == 2_000);
        using var weights = SafetensorsFolder.Open(Target);
        if (shardBytes == 2_000)
        {
            var total = weights.Names.Sum(name => weights.Entry(name).End - weights.Entry(name).Begin);
            JsonNode.Parse(
                File.ReadAllText(Path.Combine(Target, SafetensorsFolder.IndexName)))!["metadata"]!["total_size"]!.GetValue<long>()
                .Should().Be(total);
        }
    }

    [Fact]
    public void The_tokenizer_finds_the_tags_and_reads_other_texts_as_before()
    {
        var before = Make(ModelArchitecture.Llama);
        TokenExtension.Extend(Source, Target, _tags, CancellationToken.None);
        var after = TokenizerLoader.Load(Target);
        const string Text = "hello <|im_start|>the hell 🍞 é  x";
        after.EncodeIds(Text).Should().Equal(before.EncodeIds(Text));
        after.EncodeIds("the<|assistant|>hell")
            .Should().Equal([.. before.EncodeIds("the"), before.IdLimit + 1, .. before.EncodeIds("hell")]);
        after.DecodeIds(after.EncodeIds("a<|system|>b")).Should().Contain("<|system|>");
        after.DecodeIds(after.EncodeIds("a<|system|>b"), skipSpecialTokens: true).Should().NotContain("system");
        after.Specials.Should().Be(before.Specials);
    }

    [Fact]
    public void A_sentence_piece_model_gets_pieces()
    {
        Directory.CreateDirectory(Source);
        File.WriteAllBytes(Path.Combine(Source, "tokenizer.model"), TinySentencePiece.Bytes());
        var before = TokenizerLoader.Load(Source);
        Save(ModelArchitecture.Llama, before.IdLimit);
        TokenExtension.Extend(Source, Target, _tags, CancellationToken.None).Select(entry => entry.Id)
            .Should().Equal(before.IdLimit, before.IdLimit + 1, before.IdLimit + 2);
        var after = TokenizerLoader.Load(Target);
        after.IdLimit.Should().Be(before.IdLimit + 3);
        after.IdOf("<|assistant|>").Should().Be(before.IdLimit + 1);
        after.EncodeIds("the hell").Should().Equal(before.EncodeIds("the hell"));
        after.EncodeIds("the<|assistant|>").Should().EndWith([before.IdLimit + 1]);
    }

    [Fact]
    public void A_token_that_is_there_keeps_its_id_and_spare_rows_are_used_first()
    {
        Make(ModelArchitecture.Llama);
        var tokenizer = TokenizerLoader.Load(Source);
        Save(ModelArchitecture.Llama, tokenizer.IdLimit + 2);
        var end = tokenizer.IdOf("<|im_end|>")!.Value;
        TokenExtension.Extend(Source, Target, ["<|im_end|>", "<|new|>"], CancellationToken.None)
            .Should().Equal(("<|im_end|>", end, false), ("<|new|>", tokenizer.IdLimit, true));
        ModelConfigFile.Read(Path.Combine(Target, ModelConfigFile.Name)).VocabularySize.Should().Be(tokenizer.IdLimit + 2);
        File.ReadAllBytes(Path.Combine(Target, SafetensorsFolder.SingleName))
            .Should().Equal(File.ReadAllBytes(Path.Combine(Source, SafetensorsFolder.SingleName)));
        TokenExtension.Extend(Source, Target + "-2", ["<|im_end|>"], CancellationToken.None).Should().Equal(("<|im_end|>", end, false));
        Directory.Exists(Target + "-2").Should().BeFalse("nothing was to be added");
    }

    [Fact]
    public void A_folder_without_weights_is_extended_too()
    {
        Make(ModelArchitecture.Llama);
        File.Delete(Path.Combine(Source, SafetensorsFolder.SingleName));
        var old = TokenizerLoader.Load(Source).IdLimit;
        TokenExtension.Extend(Source, Target, _tags, CancellationToken.None);
        ModelConfigFile.Read(Path.Combine(Target, ModelConfigFile.Name)).VocabularySize.Should().Be(old + 3);
        TokenizerLoader.Load(Target).IdLimit.Should().Be(old + 3);
    }

    [Fact]
    public void Bad_input_is_named_and_leaves_no_model()
    {
        Make(ModelArchitecture.Llama);
        void Refused(string[] tokens, string message) =>
            FluentActions.Invoking(() => TokenExtension.Extend(Source, Target, tokens, CancellationToken.None))
                .Should().Throw<ReproException>().WithMessage(message);
        Refused([], "*At least one token*");
        Refused(["a", "a"], "*none twice*");
        File.WriteAllText(
            Path.Combine(Source, ModelConfigFile.Name),
            File.ReadAllText(Path.Combine(Source, ModelConfigFile.Name))
                .Replace("\"vocab_size\":", "\"vocab_size\": 7, \"old_size\":", StringComparison.Ordinal));
        Refused(_tags, "*no table of embeddings with the 7 rows*");
        File.Exists(Path.Combine(Target, ModelConfigFile.Name)).Should().BeFalse("config.json comes last");
        _folder.Write("target/mine.txt", "mine");
        Refused(_tags, "*not empty*");
    }

    public void Dispose() => _folder.Dispose();

    private TextTokenizer Make(ModelArchitecture architecture, long shardBytes = 5_000_000_000)
    {
        var tokenizer = BpeTrainer.Train(
            ["hello the hell", "the other"],
            new BpeTrainerOptions(300)
            {
                SpecialTokens = ["<|pad|>", "<|im_start|>", "<|im_end|>"],
                PadToken = "<|pad|>",
                EndToken = "<|im_end|>",
            });
        Directory.CreateDirectory(Source);
        TokenizerWriter.Save(tokenizer, Source);
        Save(architecture, tokenizer.IdLimit, shardBytes);
        return TokenizerLoader.Load(Source);
    }

    private void Save(ModelArchitecture architecture, int vocabulary, long shardBytes = 5_000_000_000)
    {
        using var model = LanguageModel.Create(TinyModels.Config(architecture) with { VocabularySize = vocabulary }, 4);
        model.Save(Source, shardBytes);
    }
}

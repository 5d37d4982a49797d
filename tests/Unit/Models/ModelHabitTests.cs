using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>Model folders as other programs write them: each is read as they mean it, or refused by the name of the key.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ModelHabitTests : IDisposable
{
    private static readonly long[] _text = [5, 9, 3, 17, 22, 8];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("rope_scaling", """{"rope_type":"longrope","factor":4.0}""",
        "*'rope_type' must be default, linear, dynamic, llama3 or yarn, found \"longrope\"*")]
    [InlineData("rope_parameters", """{"rope_type":"longrope","rope_theta":10000.0}""",
        "*'rope_type' must be default, linear, dynamic, llama3 or yarn, found \"longrope\"*")]
    [InlineData("rope_parameters", """{"rope_type":"linear","factor":4.0,"attn_factor":2.0}""",
        "*'attn_factor' is not known for rope_type linear*")]
    [InlineData("rope_parameters", """{"rope_theta":500000.0}""", "*'rope_theta' must not differ*")]
    [InlineData("rope_parameters", """{"full_attention":{"rope_theta":1.0}}""", "*'rope_type' must be*")]
    [InlineData("rope_parameters", """{"rope_type":"default","partial_rotary_factor":0.5}""", "*'partial_rotary_factor' must be 1*")]
    [InlineData("rope_scaling", """{"factor":4.0}""", "*'rope_type' must be*")]
    [InlineData("quantization_config", """{"bits":4}""", "*'quantization_config' must be absent*")]
    [InlineData("layer_types", """["sliding_attention"]""", "*'layer_types' must name full_attention alone where no window is in use*")]
    [InlineData("use_sliding_window", "true", "*'use_sliding_window' must be false*")]
    [InlineData("model_type", "\"gemma\"",
        "*'model_type' must be llama, mistral, qwen2, qwen3, gemma2, gemma3_text or gpt2, found \"gemma\"*")]
    [InlineData("model_type", "\"gemma3\"", "*'model_type' must be gemma3_text: models that see pictures are not supported, found*")]
    [InlineData("model_type", "\"gemma3n\"", "*'model_type' must be gemma3_text: models that see pictures are not supported, found*")]
    public void What_cannot_be_exact_is_refused_by_name(string key, string value, string message)
    {
        Change(ModelConfigFile.Name, Save(), json => json[key] = JsonNode.Parse(value));
        FluentActions.Invoking(() => LanguageModel.Load(_folder.Path)).Should().Throw<ReproException>().WithMessage(message);
    }

    /// <summary>Transformers of the 4.3x line take linear scaling with the two keys <c>type</c> and <c>factor</c> alone, and the factor
    /// only with a decimal point.</summary>
    [Theory]
    [InlineData(RopeKind.Linear, """{"type":"linear","factor":4.0}""")]
    [InlineData(RopeKind.Dynamic, """{"type":"dynamic","factor":4.0}""")]
    [InlineData(RopeKind.Llama3,
        """{"rope_type":"llama3","factor":4.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":16}""")]
    [InlineData(RopeKind.Yarn,
        """{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":16,"beta_fast":32.0,"beta_slow":1.0}""")]
    public void Rope_scaling_is_written_under_names_that_transformers_reads(RopeKind kind, string text)
    {
        var scaling = kind switch
        {
            RopeKind.Llama3 => new RopeScaling(4, 1, 4, 16),
            RopeKind.Yarn => new RopeScaling(4, OriginalPositions: 16) { Kind = kind },
            _ => new RopeScaling(4) { Kind = kind },
        };
        var config = TinyModels.Config(ModelArchitecture.Llama) with { RopeScaling = scaling, BeginToken = 1, RopeTheta = 500_000 };
        using var model = LanguageModel.Create(config, 3);
        model.Save(_folder.Path);
        var written = File.ReadAllText(Path.Combine(_folder.Path, ModelConfigFile.Name));
        written.Should().Contain($"\"rope_scaling\":{text}").And.Contain("\"rope_theta\":500000.0")
            .And.Contain("\"bos_token_id\":1").And.Contain("\"torch_dtype\":\"float32\"");
    }

    [Theory]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"")]
    [InlineData("init_lora_weights", "\"olora\"")]
    [InlineData("init_lora_weights", "\"corda\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    [InlineData("alora_invocation_tokens", "[39]")]
    [InlineData("layer_replication", "[[0,2],[1,2]]")]
    [InlineData("lora_bias", "true")]
    [InlineData("use_qalora", "true")]
    [InlineData("trainable_token_indices", "[3]")]
    [InlineData("target_parameters", "[\"experts\"]")]
    [InlineData("rank_pattern", "{\"q_proj\":2}")]
    [InlineData("layers_to_transform", "[0]")]
    [InlineData("use_dora", "true")]
    [InlineData("something_new", "1")]
    public void Adapters_whose_numbers_mean_something_else_are_refused_by_name(string key, string value)
    {
        using var model = WithAdapter(["q_proj", "v_proj"]);
        Change("adapter_config.json", _folder.Path, json => json[key] = JsonNode.Parse(value));
        model.Invoking(m => m.Adapters.Load("other",
            _folder.Path)).Should().Throw<ReproException>().WithMessage($"*adapter_config.json: '{key}' must be *");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    [InlineData("\"gaussian\"")]
    [InlineData("\"eva\"")]
    public void Adapters_that_only_began_in_another_way_are_read(string start)
    {
        using var model = WithAdapter(["q_proj"]);
        Change("adapter_config.json", _folder.Path, json =>
        {
            json["init_lora_weights"] = JsonNode.Parse(start);
            json["peft_version"] = "0.18.0";
            json["megatron_core"] = "megatron.core";
            json["qalora_group_size"] = 16;
            json["loftq_config"] = new JsonObject();
        });
        model.Adapters.Load("other", _folder.Path);
    }

    [Fact]
    public void All_linear_is_exported_as_the_list_that_it_stands_for()
    {
        using var model = WithAdapter(["all-linear"]);
        Read("adapter_config.json")["target_modules"]!.ToJsonString().Should()
            .Be("""["down_proj","gate_proj","k_proj","o_proj","q_proj","up_proj","v_proj"]""");
        var before = Logits(model);
        model.Adapters.Load("again", _folder.Path);
        Logits(model).Should().Equal(before);
    }

    /// <summary>PEFT: a text fits the whole name, a list its end; what is excluded stays as it was.</summary>
    [Theory]
    [InlineData("\".*self_attn\\\\.(q|k|v)_proj\"", "null", true)]
    [InlineData("[\"q_proj\",\"k_proj\",\"v_proj\",\"o_proj\"]", "[\"o_proj\"]", true)]
    [InlineData("[\"q_proj\",\"k_proj\",\"v_proj\",\"o_proj\"]", "\".*o_proj\"", true)]
    [InlineData("\"q_proj\"", "null", false)]
    [InlineData("\"self_attn\\\\.(q|k|v)_proj\"", "null", false)]
    public void Targets_may_be_a_regular_expression_and_exclude_modules(string targets, string excluded, bool fits)
    {
        using var model = WithAdapter(["q_proj", "k_proj", "v_proj"]);
        var before = Logits(model);
        Change("adapter_config.json", _folder.Path, json => (json["target_modules"], json["exclude_modules"]) =
            (JsonNode.Parse(targets), JsonNode.Parse(excluded)));
        if (!fits)
        {
            model.Invoking(m => m.Adapters.Load("again",
                _folder.Path)).Should().Throw<ReproException>().WithMessage("*has no place in the model*");
            return;
        }

        model.Adapters.Load("again", _folder.Path);
        Logits(model).Should().Equal(before);

        // Written again it says the same.
        model.Adapters.Save("again", _folder.Path);
        Read("adapter_config.json")["target_modules"]!.ToJsonString().Should().Be(JsonNode.Parse(targets)!.ToJsonString());
        model.Adapters.Load("third", _folder.Path);
        Logits(model).Should().Equal(before);
    }

    [Fact]
    public void A_loaded_model_draws_no_dropout()
    {
        WithAdapter(["q_proj", "v_proj"], dropout: 0.5).Dispose();
        var adapter = Path.Combine(_folder.Path, "base");
        using (var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3))
        {
            model.Save(adapter);
        }

        using var loaded = LanguageModel.Load(adapter);
        loaded.Adapters.Load("policy", _folder.Path);
        Logits(loaded).Should().Equal(Logits(loaded));
        loaded.train();
        Logits(loaded).Should().NotEqual(Logits(loaded), "training mode draws it");
    }

    [Fact]
    public void End_tokens_of_generation_config_count_and_travel()
    {
        using var scope = NewDisposeScope();
        Save();
        long first;
        using (var model = LanguageModel.Load(_folder.Path))
        {
            first = Greedy(model, 6, _text)[0];
        }

        File.WriteAllText(
            Path.Combine(_folder.Path, "generation_config.json"),
                Invariant($$"""{"eos_token_id":[2,{{first}}],"pad_token_id":7,"bos_token_id":1,"temperature":0.6,"do_sample":true}"""));
        using var read = LanguageModel.Load(_folder.Path);
        read.Config.EndTokens.Should().Equal(2, (int)first);
        read.Config.PadToken.Should().Be(7);
        Greedy(read, 6, _text).Should().Equal(first);

        var again = Path.Combine(_folder.Path, "again");
        read.Save(again);
        JsonNode.Parse(File.ReadAllText(Path.Combine(again, "generation_config.json")))!.ToJsonString().Should()
            .Be(Invariant($$"""{"eos_token_id":[2,{{first}}],"pad_token_id":7,"bos_token_id":1,"temperature":0.6,"do_sample":true}"""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_that_are_not_numbers_end_generation_with_a_message(bool sample)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        using (no_grad())
        {
            model.BaseParameters()["model.norm.weight"].fill_(double.NaN);
        }

        var settings = new GenerationSettings { MaxNewTokens = 3, Sample = sample };
        FluentActions.Invoking(() => TextGenerator.Generate(model, [_text],
            settings)).Should().Throw<ReproException>().WithMessage("*logits are not finite at new token 1*");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void The_ngram_ban_does_not_see_padding(int ngram)
    {
        var settings = new GenerationSettings { MaxNewTokens = 8, NoRepeatNgram = ngram };
        for (var seed = 0; seed < 12; seed++)
        {
            using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), seed);
            var alone = TextGenerator.Generate(model, [[7L]], settings).Responses[0];
            TextGenerator.Generate(model, [[7L], [11L, 12, 13, 14, 15]], settings).Responses[0].Should().Equal(alone);
        }

        using var scope = NewDisposeScope();
        var ids = tensor(new long[] { 7, 7, 7, 7, 7 }).unsqueeze(0);
        LogitsProcessing.NoRepeatNgram(zeros(1, 10), ids, ngram, [5 - ngram + 1]).isinf().any().item<bool>().Should().BeFalse();
        LogitsProcessing.NoRepeatNgram(zeros(1, 10), ids, ngram, [5 - ngram]).isinf()[0, 7].item<bool>().Should().BeTrue();
    }

    /// <summary>The least length is that of the row with its prompt: the stop token is banned up to there.</summary>
    [Fact]
    public void The_least_length_does_not_count_padding()
    {
        using var scope = NewDisposeScope();
        var settings = new GenerationSettings { MaxNewTokens = 6, MinimumLength = 5, StopTokens = [2, 99] };
        var banned = LogitsProcessing.Apply(zeros(3, 10), zeros(3, 5, ScalarType.Int64), settings, [0, 1, 4]).isinf();
        Enumerable.Range(0, 3).Select(row => banned[row, 2].item<bool>()).Should().Equal(false, true, true);
        banned.sum().item<long>().Should().Be(2, "nothing else is banned, and an id outside the vocabulary cannot be");
    }

    [Fact]
    public void A_negative_padding_id_means_none()
    {
        Change(ModelConfigFile.Name, Save(), json => (json["pad_token_id"], json["eos_token_id"]) = (-1, -1));
        using var model = LanguageModel.Load(_folder.Path);
        (model.Config.PadToken, model.Config.EndTokens.Count).Should().Be((null, 0));
        var settings = new GenerationSettings { MaxNewTokens = 3, PadToken = model.Config.PadToken ?? 0 };
        var both = TextGenerator.Generate(model, [[7L], _text], settings);
        both.Responses[0].Should().Equal(TextGenerator.Generate(model, [[7L]], settings).Responses[0]);
        both.Responses[1].Should().Equal(TextGenerator.Generate(model, [_text], settings).Responses[0]);
    }

    [Theory]
    [InlineData(ModelArchitecture.Llama, null, null, 64)]
    [InlineData(ModelArchitecture.Qwen3, null, null, 64)]
    [InlineData(ModelArchitecture.Mistral, 10, null, 64)]
    [InlineData(ModelArchitecture.Llama, null, RopeKind.Linear, 128)]
    [InlineData(ModelArchitecture.Llama, null, RopeKind.Dynamic, 64)]
    [InlineData(ModelArchitecture.Llama, null, RopeKind.Yarn, 128)]
    public void More_positions_than_the_model_knows_are_refused(ModelArchitecture architecture, int? window, RopeKind? kind, int most)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var scaling = kind is { } rule ? new RopeScaling(2) { Kind = rule } : null;
        using var model = LanguageModel.Create(TinyModels.Config(architecture) with { SlidingWindow = window, RopeScaling = scaling }, 3);
        model.Hidden(ones([1, most], ScalarType.Int64), ones([1, most], ScalarType.Int64)).Dispose();
        model.Invoking(m => m.Hidden(ones([1, most + 1], ScalarType.Int64), ones([1, most + 1], ScalarType.Int64)))
            .Should().Throw<ReproException>().WithMessage(
                Invariant($"*{most + 1} tokens exceeds the {most} positions of the model*"));
        FluentActions.Invoking(() => Greedy(model, most,
            _text)).Should().Throw<ReproException>().WithMessage(Invariant($"*exceeds the {most} positions*"));
    }

    public void Dispose() => _folder.Dispose();

    private static long[] Greedy(LanguageModel model, int tokens, long[] prompt) =>
        TextGenerator.Generate(model, [prompt],
            new GenerationSettings { MaxNewTokens = tokens, StopTokens = model.Config.EndTokens }).Responses[0];

    private static float[] Logits(LanguageModel model)
    {
        using var scope = NewDisposeScope();
        return model.Logits(tensor(_text).unsqueeze(0), ones([1, _text.Length], ScalarType.Int64)).detach().data<float>().ToArray();
    }

    private static void Change(string name, string folder, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, name)))!.AsObject();
        change(json);
        File.WriteAllText(Path.Combine(folder, name), json.ToJsonString());
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, name)))!;

    private string Save()
    {
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        model.Save(_folder.Path);
        File.Delete(Path.Combine(_folder.Path, "generation_config.json"));
        return _folder.Path;
    }

    /// <summary>A model with an adapter that changes its logits, which stands in the folder as well.</summary>
    private LanguageModel WithAdapter(string[] targets, double dropout = 0)
    {
        var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        model.eval();
        model.Adapters.Add("first", new LoraSettings { Rank = 2, Alpha = 4, Targets = targets, Dropout = dropout }, 5);
        using (no_grad())
        {
            foreach (var (_, parameter) in model.Adapters.Parameters("first"))
            {
                parameter.normal_();
            }
        }

        model.Adapters.Save("first", _folder.Path);
        return model;
    }
}

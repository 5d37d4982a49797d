using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Training.Rollouts;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>What only Gemma 2 and 3 have; their logits are compared in <see cref="PublishedFormulaTests"/>.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GemmaTests : IDisposable
{
    private static readonly long[] _text = [5, 9, 3, 17, 22, 8, 30, 11];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The configuration classes of transformers: what a file leaves out has their values, a null its own meaning.</summary>
    [Fact]
    public void What_a_file_leaves_out_is_as_in_transformers()
    {
        var second = Read("""{"model_type":"gemma2"}""");
        (second.VocabularySize, second.HiddenSize, second.IntermediateSize, second.Layers).Should().Be((256_000, 2304, 9216, 26));
        (second.Heads, second.KeyValueHeads, second.HeadSize, second.MaximumPositions).Should().Be((8, 4, 256, 8192));
        (second.AttentionCap, second.LogitCap, second.QueryScalar, second.SlidingWindow).Should().Be((50, 30, 256, 4096));
        (second.RopeTheta, second.SlidingRopeTheta, second.NormEpsilon, second.TiedEmbeddings).Should().Be((1e4, null, 1e-6, true));
        (second.PadToken, second.EndTokens.Single(), second.BeginToken).Should().Be((0, 1, 2));
        second.SlidingLayers!.Take(4).Should().Equal(true, false, true, false);

        var third = Read("""{"model_type":"gemma3_text","num_hidden_layers":13,"bos_token_id":null}""");
        (third.VocabularySize, third.MaximumPositions, third.BeginToken).Should().Be((262_208, 131_072, null));
        (third.AttentionCap, third.LogitCap, third.QueryScalar, third.SlidingWindow).Should().Be((null, null, 256, 4096));
        (third.RopeTheta, third.SlidingRopeTheta, third.RopeScaling).Should().Be((1e6, 1e4, null));
        third.SlidingLayers!.Select((slides, layer) => (slides, layer)).Where(both => !both.slides).Select(both => both.layer)
            .Should().Equal(5, 11);

        var uncapped = Read(
            """{"model_type":"gemma2","attn_logit_softcapping":null,"final_logit_softcapping":null,"sliding_window":null}""");
        (uncapped.AttentionCap, uncapped.LogitCap, uncapped.SlidingWindow).Should().Be((null, null, null));
    }

    /// <summary>One model under the keys of transformers 4.50, 4.56 and 5.</summary>
    [Theory]
    [InlineData("""
        "sliding_window_pattern":3,"rope_theta":5000.0,"rope_local_base_freq":30.0,"rope_scaling":{"rope_type":"linear","factor":4.0}
        """)]
    [InlineData("""
        "layer_types":["sliding_attention","sliding_attention","full_attention","sliding_attention"],
        "rope_theta":5000.0,"rope_local_base_freq":30.0,"rope_scaling":{"rope_type":"linear","factor":4.0}
        """)]
    [InlineData("""
        "layer_types":["sliding_attention","sliding_attention","full_attention","sliding_attention"],
        "rope_parameters":{"full_attention":{"rope_type":"linear","factor":4.0,"rope_theta":5000.0},
        "sliding_attention":{"rope_type":"default","rope_theta":30.0}}
        """)]
    public void Layers_and_bases_have_several_names(string keys)
    {
        var config = Read("{\"model_type\":\"gemma3_text\",\"num_hidden_layers\":4," + keys + "}");
        config.SlidingLayers.Should().Equal(true, true, false, true);
        (config.RopeTheta, config.SlidingRopeTheta, config.RopeScaling).Should().Be((5000, 30, new RopeScaling(4)));
    }

    [Theory]
    [InlineData("gemma2", "layer_types", """["sliding_attention"]""",
        "*'layer_types' must name full_attention or sliding_attention for each of the 2 layers*")]
    [InlineData("gemma2", "layer_types", """["full_attention","chunked_attention"]""", "*'layer_types' must name*")]
    [InlineData("gemma2", "hidden_activation", "\"silu\"", "*'hidden_activation' must be gelu_pytorch_tanh*")]
    [InlineData("gemma2", "use_bidirectional_attention", "true", "*'use_bidirectional_attention' must be false*")]
    [InlineData("gemma2", "final_logit_softcapping", "-1", "*'final_logit_softcapping' must be a positive number*")]
    [InlineData("gemma2", "head_dim", "5", "*'head_dim' must be even*")]
    [InlineData("gemma2", "head_dim", "[\n  16\n]", "*'head_dim' must be a whole number*, found [ 16 ].")]
    [InlineData("gemma2", "sliding_window", "0", "*'sliding_window' must be a whole number*")]
    [InlineData("gemma2", "quantization_config", """{"bits":4}""", "*'quantization_config' must be absent*")]
    [InlineData("gemma3_text", "attn_logit_softcapping", "50.0", "*'attn_logit_softcapping' must be null for gemma3_text*")]
    [InlineData("gemma3_text", "rope_parameters", """{"rope_type":"default","rope_theta":1e6}""", "*'full_attention' must be an object*")]
    [InlineData("gemma3_text", "rope_parameters",
        """{"full_attention":{"rope_type":"default"},"sliding_attention":{"rope_type":"linear","factor":2.0}}""",
        "*'rope_type' must be default for sliding layers*")]
    [InlineData("gemma3_text", "sliding_window_pattern", "0", "*'sliding_window_pattern' must be a whole number*")]
    public void What_cannot_be_exact_is_refused_by_name(string type, string key, string value, string message)
    {
        var text = "{\"model_type\":\"" + type + "\",\"num_hidden_layers\":2,\"" + key + "\":" + value + "}";
        FluentActions.Invoking(() => Read(text)).Should().Throw<ReproException>().WithMessage(message);
    }

    [Fact]
    public void What_is_written_says_everything()
    {
        using var second = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Gemma2) with { LogitCap = null }, 3);
        second.Save(_folder.Path);
        var written = File.ReadAllText(Path.Combine(_folder.Path, ModelConfigFile.Name));
        written.Should().Contain("\"attn_logit_softcapping\":3.0").And.Contain("\"final_logit_softcapping\":null")
            .And.Contain("\"query_pre_attn_scalar\":6,").And.Contain("\"hidden_activation\":\"gelu_pytorch_tanh\"")
            .And.Contain("\"layer_types\":[\"sliding_attention\",\"full_attention\"]").And.Contain("\"Gemma2ForCausalLM\"")
            .And.NotContain("hidden_act\"");
        using var third = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Gemma3), 3);
        third.Save(_folder.Path);
        File.ReadAllText(Path.Combine(_folder.Path, ModelConfigFile.Name)).Should().Contain("\"sliding_window_pattern\":2")
            .And.Contain("\"rope_local_base_freq\":50.0").And.Contain("\"Gemma3TextForSequenceClassification\"");
    }

    /// <summary>The weights are stored in half precision, and trained in single and in half.</summary>
    [Theory]
    [InlineData("gemma2", ScalarType.Float32)]
    [InlineData("gemma2-layers", ScalarType.Float32)]
    [InlineData("gemma3-pattern", ScalarType.Float32)]
    [InlineData("gemma2", ScalarType.BFloat16)]
    [InlineData("gemma3-pattern", ScalarType.BFloat16)]
    public void A_training_step_reaches_every_parameter(string fixture, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Load(Path.Combine(Fixtures(), fixture), dtype);
        model.train();
        var (ids, mask) = Row(_text);
        var pass = new HeadLogProbs(model).Forward(model.Hidden(ids, mask), ids, mask);
        pass.LogProbs.sum().neg().backward();
        pass.Backward();
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var gradient = parameter.grad;
            (gradient?.abs().max().to(ScalarType.Float32).item<float>() ?? 0).Should().BePositive(name);
            gradient!.isfinite().all().item<bool>().Should().BeTrue(name);
        }
    }

    /// <summary>A window that no text leaves is none, and one that is left is one.</summary>
    [Theory]
    [InlineData(8, true)]
    [InlineData(7, false)]
    public void A_window_counts_the_position_itself(int window, bool same)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var config = TinyModels.Config(ModelArchitecture.Gemma2);
        using var wide = LanguageModel.Create(config with { SlidingWindow = null }, 3);
        using var narrow = LanguageModel.Create(config with { SlidingWindow = window }, 3);
        var (ids, mask) = Row(_text);
        var differences = (wide.Logits(ids, mask) - narrow.Logits(ids, mask)).abs().amax([0, 2]).data<float>().ToArray();
        differences[..7].Should().OnlyContain(difference => difference == 0);
        (differences[7] < 1e-6f).Should().Be(same);
    }

    /// <summary>The sampler divides what the cap has left: the pass over responses must not cap what was divided.</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void A_temperature_divides_capped_logits(double temperature)
    {
        using var scope = NewDisposeScope();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Gemma2), 3, ScalarType.Float64);
        var (ids, mask) = Row(_text);
        Tensor Loss(Tensor logProbs) => logProbs.square().sum();
        var expected = (model.Logits(ids, mask) / temperature).log_softmax(-1).narrow(1, 0, 7).gather(2, ids.narrow(1, 1, 7).unsqueeze(2))
            .squeeze(2);
        Loss(expected).backward();
        var wanted = model.parameters().Select(parameter => parameter.grad!.clone()).ToList();
        model.zero_grad();
        var pass = new HeadLogProbs(model, temperature: temperature).Forward(model.Hidden(ids, mask) / temperature, ids, mask);
        Loss(pass.LogProbs).backward();
        pass.Backward();
        Distance(pass.LogProbs, expected).Should().BeLessThan(1e-11);
        model.parameters().Zip(wanted).Max(both => Distance(both.First.grad!, both.Second)).Should().BeLessThan(1e-10);

        var sampler = new SamplerSettings { MaxNewTokens = 1, Temperature = temperature };
        var logits = new ResponsePass(model, sampler).Logits(model.Hidden(ids, mask)[0], null);
        Distance(logits, model.Logits(ids, mask)[0] / temperature).Should().BeLessThan(1e-12);
    }

    private static string Fixtures() => Path.Combine(RepositoryRoot.Find(), "fixtures", "models");

    private static (Tensor Ids, Tensor Mask) Row(long[] text)
    {
        var ids = tensor(text).unsqueeze(0);
        return (ids, ones_like(ids));
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    private ModelConfig Read(string text)
    {
        JsonNode.Parse(text).Should().NotBeNull();
        var path = Path.Combine(_folder.Path, ModelConfigFile.Name);
        File.WriteAllText(path, text);
        return ModelConfigFile.Read(path);
    }
}

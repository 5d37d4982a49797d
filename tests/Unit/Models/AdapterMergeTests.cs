using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

/// <summary>A merged model says what its base says with the adapter, without it.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdapterMergeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Base => Path.Combine(_folder.Path, "base");

    private string Adapter => Path.Combine(_folder.Path, "adapter");

    private string Target => Path.Combine(_folder.Path, "target");

    [Theory]
    [InlineData(ModelArchitecture.Llama, "all-linear", 5_000_000_000L, false)]
    [InlineData(ModelArchitecture.Llama, "q_proj", 2_000L, true)]
    [InlineData(ModelArchitecture.Qwen2, "all-linear", 2_000L, false)]
    [InlineData(ModelArchitecture.Qwen3, "down_proj", 5_000_000_000L, false)]
    [InlineData(ModelArchitecture.Gpt2, "all-linear", 5_000_000_000L, true)]
    [InlineData(ModelArchitecture.Gpt2, "c_proj", 2_000L, false)]
    [InlineData(ModelArchitecture.Gemma2, "all-linear", 2_000L, false)]
    [InlineData(ModelArchitecture.Gemma3, "o_proj", 5_000_000_000L, true)]
    public void The_logits_are_those_of_base_and_adapter(ModelArchitecture architecture, string target, long shardBytes, bool stabilized)
    {
        using var scope = NewDisposeScope();
        Make(architecture, target, shardBytes, stabilized);
        using var model = LanguageModel.Load(Base);
        var without = Logits(model);
        model.Adapters.Load("a", Adapter);
        var expected = Logits(model);
        (expected - without).abs().max().item<float>().Should().BeGreaterThan(0.1f, "the adapter changes something");
        var (layers, scale) = AdapterMerge.Merge(Base, Adapter, Target);
        layers.Should().BePositive();
        scale.Should().BeApproximately(stabilized ? 6 / Math.Sqrt(3) : 2, 1e-12);
        using var merged = LanguageModel.Load(Target);
        (Logits(merged) - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
        File.Exists(Path.Combine(Target, SafetensorsFolder.IndexName)).Should().Be(shardBytes == 2_000);
    }

    [Fact]
    public void Weights_of_half_precision_are_rounded_once()
    {
        using var scope = NewDisposeScope();
        Make(ModelArchitecture.Llama, "q_proj", 5_000_000_000, false, ScalarType.BFloat16);
        AdapterMerge.Merge(Base, Adapter, Target);
        using var model = LanguageModel.Load(Base);
        model.Adapters.Load("a", Adapter);
        model.Adapters.Merge();
        using var merged = SafetensorsFolder.Open(Target);
        const string Name = "model.layers.0.self_attn.q_proj.weight";
        merged.Entry(Name).Dtype.Should().Be(ScalarType.BFloat16);
        merged.Read(Name).Equals(model.BaseParameters()[Name].detach().to(ScalarType.BFloat16)).Should().BeTrue();
    }

    [Fact]
    public void Configuration_tokenizer_template_and_generation_settings_are_those_of_the_base()
    {
        Make(ModelArchitecture.Llama, "q_proj");
        string[] copied = ["config.json", "generation_config.json", "tokenizer.json", "chat_template.jinja"];
        File.WriteAllText(Path.Combine(Base, "generation_config.json"), """{"eos_token_id": [2, 3], "temperature": 0.6}""");
        File.WriteAllText(Path.Combine(Base, "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(Base, "chat_template.jinja"), "{{ messages }}");
        AdapterMerge.Merge(Base, Adapter, Target);
        foreach (var name in copied)
        {
            File.ReadAllBytes(Path.Combine(Target, name)).Should().Equal(File.ReadAllBytes(Path.Combine(Base, name)), name);
        }
    }

    [Fact]
    public void A_template_that_the_adapter_was_trained_with_is_taken()
    {
        Make(ModelArchitecture.Llama, "q_proj");
        File.WriteAllText(Path.Combine(Base, "chat_template.jinja"), "of the base");
        File.WriteAllText(Path.Combine(Adapter, "chat_template.jinja"), "of the adapter");
        AdapterMerge.Merge(Base, Adapter, Target);
        File.ReadAllText(Path.Combine(Target, "chat_template.jinja")).Should().Be("of the adapter");
    }

    [Theory]
    [InlineData(2_000L)]
    [InlineData(5_000_000_000L)]
    public void An_adapter_with_a_head_becomes_a_reward_model(long shardBytes)
    {
        using var scope = NewDisposeScope();
        Make(ModelArchitecture.Llama, "q_proj", shardBytes);
        Directory.Delete(Adapter, recursive: true);
        using var language = LanguageModel.Load(Base);
        using var reward = AdapterRewardModel.Create(language, "r", Lora("v_proj", false), 5);
        using (no_grad())
        {
            foreach (var (_, factor) in language.Adapters.Parameters("r"))
            {
                factor.normal_(0, 0.5);
            }
        }

        reward.Save(Adapter);
        AdapterMerge.Merge(Base, Adapter, Target);
        using var merged = ScoreModel.Load(Target);
        var (ids, mask) = Input();
        (merged.Score(ids, mask) - reward.Score(ids, mask)).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_no_model()
    {
        Make(ModelArchitecture.Llama, "q_proj");
        using (var other = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama) with { HiddenSize = 32, HeadSize = 8 }, 4))
        {
            other.Save(Path.Combine(_folder.Path, "wider"));
        }

        void Refused(string model, string adapter, string message) =>
            FluentActions.Invoking(() => AdapterMerge.Merge(model, adapter, Target))
            .Should().Throw<ReproException>().WithMessage(message);
        Refused(Path.Combine(_folder.Path, "wider"), Adapter, "*lora_A.weight' of shape ?3, 32? was expected, found ?3, 16?*");
        File.Exists(Path.Combine(Target, ModelConfigFile.Name)).Should().BeFalse("config.json comes last");
        Directory.Delete(Target, recursive: true);
        Refused(Base, Base, "*adapter_model.safetensors*");
        Refused(Path.Combine(_folder.Path, "nowhere"), Adapter, "*config.json*");
        var config = Path.Combine(Adapter, "adapter_config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("q_proj", "k_proj", StringComparison.Ordinal));
        Refused(Base, Adapter, "*k_proj.lora_A.weight' was expected*");
        File.WriteAllText(config, text.Replace("q_proj", "nothing", StringComparison.Ordinal));
        Refused(Base, Adapter, "*has no place in the model*");
        _folder.Write("target/mine.txt", "mine");
        Refused(Base, Adapter, "*not an empty folder*");
    }

    [Fact]
    public void The_verb_names_what_it_did_and_another_base()
    {
        Make(ModelArchitecture.Llama, "q_proj", named: "org/other-model");
        var (code, output, error) = SmallWorld.Try("merge", Base, Adapter, "--out", Target);
        code.Should().Be(0, error);
        output.Should().Be($"{Target}: 2 layers changed, scale 2{Environment.NewLine}");
        error.Should().Contain("warning:").And.Contain("says that its base is 'org/other-model'");
        (code, _, error) = SmallWorld.Try("merge", Base, Adapter, "--out", Target);
        code.Should().Be(1);
        error.Should().Contain("error: ").And.Contain("not an empty folder");
    }

    public void Dispose() => _folder.Dispose();

    private static LoraSettings Lora(string target, bool stabilized) =>
        new() { Rank = 3, Alpha = 6, Targets = [target], RankStabilized = stabilized };

    private static (Tensor Ids, Tensor Mask) Input() => (tensor(new long[] { 1, 5, 7, 3, 9, 11 }, [1, 6]), ones([1, 6], ScalarType.Int64));

    private static Tensor Logits(LanguageModel model)
    {
        var (ids, mask) = Input();
        return model.Logits(ids, mask);
    }

    private void Make(ModelArchitecture architecture, string target, long shardBytes = 5_000_000_000, bool stabilized = false,
        ScalarType dtype = ScalarType.Float32, string? named = null)
    {
        using var scope = NewDisposeScope();
        var config = TinyModels.Config(architecture) with
        {
            AttentionBias = architecture is ModelArchitecture.Qwen2 or ModelArchitecture.Gpt2,
        };
        using var model = LanguageModel.Create(config, 4, dtype);
        model.Save(Base, shardBytes);
        model.Adapters.Add("a", Lora(target, stabilized), 6);
        using (no_grad())
        {
            foreach (var (name, factor) in model.Adapters.Parameters("a"))
            {
                // Far from zero, and other numbers in each.
                factor.copy_(arange(factor.numel(), ScalarType.Float32).mul(0.7
                    + (name.Length / 100.0)).sin().mul(0.4).reshape(factor.shape));
            }
        }

        model.Adapters.Save("a", Adapter, named);
    }
}

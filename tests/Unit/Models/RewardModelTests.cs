using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardModelTests
{
    private const int Pad = 9;
    private static readonly LoraSettings _lora = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"], Dropout = 0.5 };

    [Theory]
    [InlineData(ModelArchitecture.Llama)]
    [InlineData(ModelArchitecture.Qwen2)]
    [InlineData(ModelArchitecture.Gpt2)]
    [InlineData(ModelArchitecture.Gemma2)]
    [InlineData(ModelArchitecture.Gemma3)]
    public void One_base_carries_policy_reference_and_two_reward_models(ModelArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(architecture), 3);
        var (ids, mask) = Batch();
        model.eval();
        var reference = model.Logits(ids, mask).detach();
        model.Adapters.Add("policy", _lora, 1);
        Disturb(model, "policy", 0.1);
        var policy = model.Logits(ids, mask).detach();
        using var preference = AdapterRewardModel.Create(model, "preference", _lora, 2);
        using var absolute = AdapterRewardModel.Create(model, "absolute", _lora, 3);
        Disturb(model, "preference", -0.2);
        Disturb(model, "absolute", 0.3);
        model.train();

        var (first, second) = (preference.Score(ids, mask), absolute.Score(ids, mask));
        first.requires_grad.Should().BeFalse();
        first.shape.Should().Equal(3);
        model.training.Should().BeTrue("the mode of the policy is its own affair");
        model.Adapters.Active.Should().Be("policy");
        Distance(first, second).Should().BeGreaterThan(0.01);
        first.Equals(preference.Score(ids, mask)).Should().BeTrue("there is no dropout in a score");
        model.eval();
        model.Logits(ids, mask).Equals(policy).Should().BeTrue();
        using (model.Adapters.Use(null))
        {
            model.Logits(ids, mask).Equals(reference).Should().BeTrue();
        }

        // Each by itself on a base of its own says the very same.
        preference.Save(Path.Combine(folder.Path, "preference"), "base");
        absolute.Save(Path.Combine(folder.Path, "absolute"));
        foreach (var (name, expected) in new[] { ("preference", first), ("absolute", second) })
        {
            using var alone = LanguageModel.Create(TinyModels.Config(architecture), 3);
            using var read = AdapterRewardModel.Load(alone, "other", Path.Combine(folder.Path, name));
            read.Score(ids, mask).Equals(expected).Should().BeTrue();
            alone.Adapters.Active.Should().BeNull("loading a reward model leaves the base as the policy");
        }
    }

    [Fact]
    public void The_folder_has_the_form_of_peft()
    {
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        using var reward = AdapterRewardModel.Create(model, "reward", _lora, 2);
        reward.Save(folder.Path, "some/base");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json")))!;
        config["modules_to_save"]!.AsArray().Select(node => (string)node!).Should().Equal("score");
        config["task_type"]!.GetValue<string>().Should().Be("SEQ_CLS");
        config["base_model_name_or_path"]!.GetValue<string>().Should().Be("some/base");
        using var file = SafetensorsFile.Open(Path.Combine(folder.Path, "adapter_model.safetensors"));
        file.Entries["base_model.model.score.weight"].Shape.Should().Equal(1, 16);
        file.Entries.Keys.Should().Contain("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
        file.Entries.Should().HaveCount(1 + (2 * 7 * 2));

        // What newer releases write, and what older ones leave out.
        foreach (var modules in new JsonNode?[] { new JsonArray("classifier", "score"), null })
        {
            config["modules_to_save"] = modules;
            File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), config.ToJsonString());
            using var base2 = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
            AdapterRewardModel.Load(base2, "reward", folder.Path).Dispose();
        }
    }

    [Fact]
    public void The_score_of_a_text_is_its_own()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        using var shared = AdapterRewardModel.Create(model, "reward", _lora, 2);
        Disturb(model, "reward", 0.2);
        using var whole = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama), 4);
        foreach (var reward in new IRewardModel[] { shared, whole })
        {
            // The padding id (which is the end token here) stands inside the text and at its end.
            long[] text = [5, Pad, 33, 8, Pad];
            var alone = reward.Score(Rows(text), Rows([1, 1, 1, 1, 1]));
            long[] mate = [7, 3, 2, 30, 31, 32, 11, 12];
            var left = reward.Score(Rows([Pad, Pad, Pad, .. text], mate), Rows([0, 0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1]));
            var right = reward.Score(Rows([.. text, Pad, Pad, Pad], mate), Rows([1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]));
            var odd = reward.Score(Rows([.. text, 39, 0, 1], mate), Rows([1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1]));
            foreach (var other in new[] { left, right, odd })
            {
                Math.Abs(alone[0].item<float>() - other[0].item<float>()).Should().BeLessThan(1e-5f);
            }

            var tokens = reward.ScoreTokens(Rows(text), Rows([1, 1, 1, 1, 1]));
            tokens.shape.Should().Equal(1, 5);
            tokens.std().item<float>().Should().BeGreaterThan(0.1f, "the comparison must be able to fail");
            tokens[0, 4].item<float>().Should().BeApproximately(alone[0].item<float>(), 1e-6f);
            reward.Invoking(r => r.Score(Rows(text, text), Rows([1, 1, 1, 1, 1], [0, 0, 0, 0, 0])))
                .Should().Throw<ReproException>().WithMessage("Row 1*no real token*");
        }
    }

    [Fact]
    public void Whole_models_come_back_exactly_also_in_half_precision()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (ids, mask) = Batch();
        using var policy = LanguageModel.Create(
            TinyModels.Config(ModelArchitecture.Qwen2) with { TiedEmbeddings = false }, 3, ScalarType.BFloat16);
        policy.Save(Path.Combine(folder.Path, "policy"));
        using var model = ScoreModel.LoadBody(Path.Combine(folder.Path, "policy"), 5, ScalarType.BFloat16);
        model.Head.Labels.Should().Be(1);
        model.Head.Weight.dtype.Should().Be(ScalarType.Float32);
        model.Head.Weight.std().item<float>()
            .Should().BeInRange(0.25f, 1f, "a fresh head has the deviation of the configuration, which is 0.5 here");
        policy.Hidden(ids, mask).Equals(model.Hidden(ids, mask)).Should().BeTrue();
        model.Save(Path.Combine(folder.Path, "reward"));
        using var read = ScoreModel.Load(Path.Combine(folder.Path, "reward"), ScalarType.BFloat16);
        read.Head.Weight.Equals(model.Head.Weight).Should().BeTrue("single precision goes through the file");
        read.Score(ids, mask).Equals(model.Score(ids, mask)).Should().BeTrue();
        using var single = ScoreModel.Load(Path.Combine(folder.Path, "reward"));
        Distance(single.Score(ids, mask), model.Score(ids, mask)).Should().BeLessThan(0.3);
    }

    [Fact]
    public void Folders_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        model.Adapters.Add("plain", _lora, 1);
        model.Adapters.Save("plain", Path.Combine(folder.Path, "plain"));
        using var reward = AdapterRewardModel.Create(model, "reward", _lora, 2);
        reward.Save(Path.Combine(folder.Path, "reward"));

        FluentActions.Invoking(() => AdapterRewardModel.Load(model, "other", Path.Combine(folder.Path, "plain")))
            .Should().Throw<ReproException>().WithMessage("*plain: the adapter has no head (score.weight); it is no reward model.");
        model.Invoking(m => m.Adapters.Load("other", Path.Combine(folder.Path, "reward")))
            .Should().Throw<ReproException>().WithMessage("*reward: an adapter of a language model was expected; there is a score head*");
        model.Save(Path.Combine(folder.Path, "language"));
        FluentActions.Invoking(() => ScoreModel.Load(Path.Combine(folder.Path, "language")))
            .Should().Throw<ReproException>().WithMessage("*language: a reward model was expected; there is no score head*");
        using var whole = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama), 3);
        whole.Save(Path.Combine(folder.Path, "whole"));
        FluentActions.Invoking(() => LanguageModel.Load(Path.Combine(folder.Path, "whole")))
            .Should().Throw<ReproException>().WithMessage("*whole: a language model was expected; there is a score head*");
        using var wider = LanguageModel.Create(TinyModels.Config(ModelArchitecture.Llama) with { HiddenSize = 32 }, 3);
        FluentActions.Invoking(() => AdapterRewardModel.Load(wider, "other", Path.Combine(folder.Path, "reward")))
            .Should().Throw<ReproException>().WithMessage("*shape*");
        model.Adapters.Names.Should().Equal("plain", "reward");
        FluentActions.Invoking(() => new AdapterRewardModel(model, "absent", reward.Head))
            .Should().Throw<ArgumentException>().WithMessage("*'absent'*plain, reward*");
        using var two = ScoreHead.Create(model.Config, 1, labels: 2);
        FluentActions.Invoking(() => new AdapterRewardModel(model, "plain", two))
            .Should().Throw<ArgumentException>().WithMessage("*[1, 16]*[2, 16]*");
        using var labels = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama) with { Labels = 3 }, 3);
        labels.Invoking(m => m.Score(Rows([1]), Rows([1]))).Should().Throw<InvalidOperationException>().WithMessage("*one output*3*");
    }

    private static (Tensor Ids, Tensor Mask) Batch() => (
        Rows([5, 17, 33, 8, 21], [Pad, Pad, 1, 4, 6], [7, 7, 7, Pad, Pad]),
        Rows([1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [1, 1, 1, 0, 0]));

    private static Tensor Rows(params long[][] rows)
    {
        var flat = rows.SelectMany(row => row).ToArray();
        using var vector = tensor(flat);
        return vector.view(rows.Length, -1);
    }

    private static double Distance(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private static void Disturb(DecoderModel model, string adapter, double by)
    {
        using var ungraded = no_grad();
        foreach (var (name, parameter) in model.Adapters.Parameters(adapter))
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
            {
                parameter.add_(by);
            }
        }
    }
}

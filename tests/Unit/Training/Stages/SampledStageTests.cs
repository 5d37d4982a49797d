using System.Text.Json.Nodes;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>Online DPO, rejection sampling and the adaptive forms, from files.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SampledStageTests : IDisposable
{
    private const string Common = """
        seed: 3
        model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}}
        data: [{format: gsm8k, path: gsm8k.jsonl}]
        reward: {kind: model, path: preference/final}
        optimizer: {learning_rate: 0.01}
        run: {maximum_steps: 2}

        """;

    private readonly SmallWorld _world = new();

    [Fact]
    public void Every_stage_that_samples_runs_from_a_file()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"));
        Check("online-dpo", "max_new_tokens: 4\nbatch_size: 4", "accuracy", "pairs/kept");
        Check("online-dpo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {delta: 0.1}, reading: pairs}", "accuracy", "pairs/kept");
        Check(
            "online-dpo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: reward-model}, reward_model: preference/final}",
            "accuracy", "pairs/kept");
        Check("grpo", "max_new_tokens: 4\nbatch_size: 8\nnum_generations: 2\nbeta: 0.1", "loss/kl", "groups/equal");
        Check("rloo", "max_new_tokens: 4\nbatch_size: 8\nmicro_batch_size: 3", "policy/ratio", "groups/equal");
        Check("rs", "max_new_tokens: 4\nbatch_size: 4\nsamples: 3", "scores/accepted", "kl/mean");
        Check(
            "rs",
            "max_new_tokens: 4\ntop_k: 50\ntop_p: 0.9\nbatch_size: 4\nsamples: 3\nadaptive: {tokens: {rewards: reward-model}, "
                + "reward_model: preference/final}",
            "mask/kept", "kl/mean");
        Check(
            "ppo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: td-error}, preferred_by: score}", "mask/kept",
            "kl/mean");
        Check(
            "ppo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: reward-model}, reward_model: preference/final}",
            "mask/kept", "value/error");
    }

    [Fact]
    public void Given_pairs_take_adaptive_tokens_too()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"));
        var file = _world.File("pairs.yaml");
        const string Pairs = """
            stage: dpo
            seed: 3
            model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}}
            data: [{format: hh, path: hh.jsonl, split: {held_out: 0.2}}]
            batch_size: 8
            precompute_reference: true
            adaptive: {tokens: {rewards: reward-model, threshold: running-mean}, reward_model: preference/final}
            optimizer: {learning_rate: 0.01}
            run: {checkpoint_every: 2, evaluate_every: 2}
            """;
        File.WriteAllText(file, Pairs);
        _world.Run("train", file, "--dry").Should().Contain("token rewards of an adapter with a head");
        _world.Run("train", file, "--out", _world.File("whole"));
        _world.Run("train", file, "--out", _world.File("cut"), "--set", "run.maximum_steps=2");
        _world.Run("train", file, "--out", _world.File("cut"), "--resume");
        byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(_world.File(run), "final", "adapter_model.safetensors"));
        Weights("cut").Should().Equal(Weights("whole"));

        // A reference with weights of its own is freed once it is read, and nothing can stand on it any longer.
        File.WriteAllText(
            file, Pairs.Replace(", lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}", string.Empty, StringComparison.Ordinal));
        var (code, output, error) = SmallWorld.Try("train", file, "--out", _world.File("freed"));
        code.Should().Be(1);
        (output + error).Should().Contain("precompute_reference frees the reference");
    }

    /// <summary>From a file, killed in the middle and resumed: the same bits. A loss without a reference loads none.</summary>
    [Theory]
    [InlineData("kto_pair, desirable_weight: 1.5", "with a reference")]
    [InlineData("orpo, beta: 0.2", "without a reference")]
    [InlineData("cpo, cpo_alpha: 0.5", "without a reference")]
    [InlineData("simpo, beta: 2, simpo_gamma: 1", "without a reference")]
    [InlineData("ipo}\nadaptive: {tokens: {delta: 0.1}", "ipo, adaptive, with a reference")]
    public void Every_loss_of_given_pairs_runs_from_a_file(string loss, string planned)
    {
        _world.MakeBase();
        var file = _world.File("pairs.yaml");
        File.WriteAllText(file, $$$"""
            stage: dpo
            seed: 3
            model: {path: base/final}
            data: [{format: hh, path: hh.jsonl, split: {held_out: 0.2}}]
            batch_size: 8
            loss: {kind: {{{loss}}} }
            optimizer: {learning_rate: 0.01}
            run: {checkpoint_every: 1, maximum_steps: 2}
            """);
        _world.Run("train", file, "--dry").Should().Contain(planned);
        _world.Run("train", file, "--out", _world.File("whole"));
        _world.Run("train", file, "--out", _world.File("cut"), "--set", "run.maximum_steps=1");
        _world.Run("train", file, "--out", _world.File("cut"), "--resume");
        byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(_world.File(run), "final", "model.safetensors"));
        Weights("cut").Should().Equal(Weights("whole"));
    }

    /// <summary>From a file, ended early and resumed: the same bits, the metrics of every step included.</summary>
    [Theory]
    [InlineData("grpo", "num_generations: 4\nbeta: 0.1\nmini_batch_size: 4")]
    [InlineData("rloo", "num_generations: 4\nnum_iterations: 2")]
    public void Group_methods_resume_from_a_file(string stage, string own)
    {
        _world.MakeBase();
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $$$"""
            stage: {{{stage}}}
            seed: 3
            model: {path: base/final}
            data: [{format: gsm8k, path: gsm8k.jsonl, split: {held_out: 0.1}}]
            reward: {kind: answer}
            max_new_tokens: 4
            batch_size: 8
            optimizer: {learning_rate: 0.01}
            run: {checkpoint_every: 1, maximum_steps: 3, evaluate_every: 2}
            {{{own}}}
            """);
        _world.Run("train", file, "--dry").Should().Contain("18 of 2 prompts").And.Contain("4 to evaluate on");
        _world.Run("train", file, "--out", _world.File("whole"));
        _world.Run("train", file, "--out", _world.File("cut"), "--set", "run.maximum_steps=1");
        _world.Run("train", file, "--out", _world.File("cut"), "--resume");
        byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(_world.File(run), "final", "model.safetensors"));
        Weights("cut").Should().Equal(Weights("whole"));
    }

    [Fact]
    public void A_loss_that_does_not_fit_is_found_beforehand()
    {
        _world.MakeBase();
        var file = _world.File("pairs.yaml");
        const string Data =
            "stage: dpo\nseed: 3\nmodel: {path: base/final}\ndata: [{format: hh, path: hh.jsonl}]\noptimizer: {learning_rate: 0.01}\n";
        foreach (var (own, message) in new[]
        {
            ("batch_size: 8\nprecompute_reference: true\nloss: {kind: orpo}", "precompute_reference has no part"),
            ("batch_size: 8\nmicro_batch_size: 2\nloss: {kind: kto_pair}", "micro_batch_size must be that of the whole batch"),
            ("batch_size: 8\nloss: {kind: sigmoid, simpo_gamma: 1}", "loss.simpo_gamma has no part in sigmoid"),
            ("batch_size: 8\nloss: {kind: simpo}\nadaptive: {tokens: {delta: 0.1}}", "without a reference"),
        })
        {
            File.WriteAllText(file, Data + own + "\n");
            foreach (var arguments in new[] { new[] { "--dry" }, ["--out", _world.File("refused")] })
            {
                var (code, output, error) = SmallWorld.Try(["train", file, .. arguments]);
                code.Should().Be(1);
                string.Join(' ', (output + error).Split(new[] { ' ', '\n', '│' }, StringSplitOptions.RemoveEmptyEntries)).Should()
                    .Contain(message);
            }
        }
    }

    [Fact]
    public void An_adaptive_form_that_contradicts_itself_is_found_beforehand()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"));
        Refused("ppo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: reward-model}}", "adaptive.reward_model is missing");
        Refused(
            "ppo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: td-error}, reward_model: preference/final}",
            "adaptive.reward_model is not used");
        Refused(
            "rs", "max_new_tokens: 4\nbatch_size: 4\nsamples: 3\nadaptive: {tokens: {rewards: log-ratio}}",
            "must be reward-model for this trainer, found log-ratio");
        Refused(
            "online-dpo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: td-error}}",
            "must be log-ratio or reward-model for this trainer, found td-error");
        Refused(
            "online-dpo", "max_new_tokens: 4\nbatch_size: 4\nadaptive: {tokens: {rewards: reward-model}, reward_model: nowhere}",
            "nowhere");
    }

    private void Refused(string stage, string own, string message)
    {
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $"stage: {stage}\n{Common}{own}\n");
        foreach (var arguments in new[] { new[] { "--dry" }, ["--out", _world.File("refused")] })
        {
            var (code, output, error) = SmallWorld.Try(["train", file, .. arguments]);
            code.Should().Be(1);
            string.Join(' ', (output + error).Split([' ', '\n', '│'], StringSplitOptions.RemoveEmptyEntries)).Should().Contain(message);
        }
    }

    private void Check(string stage, string own, string metric, string other)
    {
        var (file, run) = (_world.File("own.yaml"), _world.File($"run-{Guid.NewGuid():N}"));
        File.WriteAllText(file, $"stage: {stage}\n{Common}{own}\n");
        _world.Run("train", file, "--dry").Should().Contain("10 of 4").And.Contain("an adapter with a head");
        _world.Run("train", file, "--out", run);
        var metrics = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!)
            .Last(line => (string?)line["kind"] != "evaluation")["metrics"]!.AsObject();
        foreach (var name in new[] { metric, other })
        {
            metrics.ContainsKey(name).Should().BeTrue($"{stage} reports {name}");
            double.IsFinite((double)metrics[name]!).Should().BeTrue();
        }

        File.Exists(Path.Combine(run, "final", "adapter_model.safetensors")).Should().BeTrue();
        File.Exists(Path.Combine(run, "final", "tokenizer.json")).Should().BeTrue();
    }

    public void Dispose() => _world.Dispose();
}

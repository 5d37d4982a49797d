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
        prompts: [{format: gsm8k, path: gsm8k.jsonl}]
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
        Check("online-dpo", "online: {sampler: {maximum_new_tokens: 4}, prompts: 4}", "accuracy", "pairs/kept");
        Check("online-dpo", "online: {sampler: {maximum_new_tokens: 4}, prompts: 4}\nadaptive: {tokens: {delta: 0.1}, reading: pairs}", "accuracy", "pairs/kept");
        Check("rs", "rejection: {sampler: {maximum_new_tokens: 4}, prompts: 4, samples: 3}", "scores/accepted", "kl/mean");
        Check("rs", "rejection: {sampler: {maximum_new_tokens: 4, top_k: 50, top_p: 0.9}, prompts: 4, samples: 3}\nadaptive: {tokens: {rewards: reward-model}, reward_model: preference/final}", "mask/kept", "kl/mean");
        Check("ppo", "ppo: {sampler: {maximum_new_tokens: 4}, responses: 4}\nadaptive: {tokens: {rewards: td-error}, preferred_by: score}", "mask/kept", "kl/mean");
        Check("ppo", "ppo: {sampler: {maximum_new_tokens: 4}, responses: 4}\nadaptive: {tokens: {rewards: reward-model}, reward_model: preference/final}", "mask/kept", "value/error");
    }

    private void Check(string stage, string own, string metric, string other)
    {
        var (file, run) = (_world.File("own.yaml"), _world.File($"run-{Guid.NewGuid():N}"));
        File.WriteAllText(file, $"stage: {stage}\n{Common}{own}\n");
        _world.Run("train", file, "--dry").Should().Contain("10 of 4").And.Contain("an adapter with a head");
        _world.Run("train", file, "--out", run);
        var metrics = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).Last(line => (string?)line["kind"] != "evaluation")["metrics"]!.AsObject();
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

using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Training;
using Repro.Core.Training.Policies;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>What a run refuses, its plan (<c>--dry</c>) refuses with the same words, and neither ends in a stack trace.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PlanAgreementTests : IDisposable
{
    private const string Model =
        "seed: 3\nmodel: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj]}}\noptimizer: {learning_rate: 0.01}\n";
    private const string Pairs = "data: [{format: hh, path: hh.jsonl}]\nbatch_size: 4\n";
    private const string Prompts = "data: [{format: gsm8k, path: gsm8k.jsonl}]\nbatch_size: 4\nmax_new_tokens: 4\nreward: {kind: answer}\n";
    private const string LastRun = "run: {maximum_steps: 1}\n";

    private readonly SmallWorld _world = new();

    public static TheoryData<string> Stages => [.. Bad.Keys];

    // By stage: its file, and settings with the words that name what is wrong.
    private static Dictionary<string, (string File, (string Settings, string Words)[] Refused)> Bad { get; } = new(StringComparer.Ordinal)
    {
        ["sft"] = (Model + "data: [{format: gsm8k, path: gsm8k.jsonl}]\nbatch_size: 4\n", [
            ("model.adapter=plain/final", "model.adapter and model.lora exclude each other"),
            ("model={path: base/final, trained_whole: [embed_tokens]}", "model.trained_whole needs an adapter beside it"),
            ("model.fresh=true|model.trained_whole=[nothing]", "model.trained_whole names 'nothing', which the model does not have"),
            ("model.trained_whole=[nothing]", "model.trained_whole names 'nothing', which the model does not have"),
            ("model.lora.targets=[nothing]", "no linear layer is called 'nothing'"),
            ("model.lora.targets=[q_proj, v_porj]", "no linear layer is called 'v_porj'; did you mean 'v_proj'?"),
            ("model.lora.targets=[all-linear, q_proj]", "all-linear stands for every layer but the head"),
            ("model.lora.targets=[]", "in 'model.lora': targets is empty"),
            ("model.path=nowhere", "config.json"),
            ("model.tokenizer=nowhere", "cannot be read"),
            ("model={path: base/final, adapter: nowhere}", "nowhere"),
            ("model={path: base/final, adapter: empty}", "adapter_config.json"),
            ("model.device=gpu", "Device 'gpu' is not known"),
            ("model.device=cuda:9", "Device 'cuda:9' is not there"),
            ("model.path=short", "rows are longer than the 8 positions of the model"),
            ("model.path=scored", "a language model was expected; there is a score head (score.weight)"),
            ("model.path=lacking", "asks for tensor 'model.norm.weight' of shape [16], which is not there"),
            ("model.path=misshapen", "tensor 'model.norm.weight' has shape [17], the configuration asks for [16]"),
            ("model.path=stray", "the configuration has no place for 1 tensors, the first of them 'stray'"),
            ("model.tokenizer=extended", "the tokenizer has ids up to"),
            ("model.path=untied", "the configuration ties 'lm_head.weight' to the embeddings"),
            ("model={path: base/final, adapter: misfit}", "was expected, found [2, 16]"),
            ("model={path: base/final, adapter: scoring}", "an adapter of a language model was expected; there is a score head"),
            ("template=llama3", "<|begin_of_text|>"),
            ("data.0.path=missing.jsonl", "missing.jsonl"),
            ("data.0.path=empty.jsonl", "empty.jsonl"),
            ("data.0.format=hh", "gsm8k.jsonl"),
            ("max_length=1", "max_length"),
            ("max_length=2", "nothing to train on in"),
            ("optimizer.learning_rate=0", "must be above 0"),
            ("optimizer.weight_decay=-1", "must be at least 0"),
            ("optimizer.maximum_gradient_norm=0", "leave the key out for no clipping"),
            ("optimizer.maximum_gradient_norm=-1", "leave the key out for no clipping"),
            ("run.maximum_steps=-1", "leave the key out for no limit"),
            ("model.lora.alpha=0", "must be above 0"),
            ("model.lora.dropout=1", "must be from 0 to below 1"),
        ]),
        ["rm-preference"] = (Model + Pairs, [
            ("max_length=4", "min_prompt_length"),
            ("model.path=lacking", "asks for tensor 'model.norm.weight' of shape [16], which is not there"),
            ("model={path: base/final, adapter: misfit}", "was expected, found [2, 16]"),
            ("model.path=short", "rows are longer than the 8 positions of the model"),
            ("template=turn_tags", "<|prompter|>"),
            ("data.0.split={held_out: 1}", "held_out"),
        ]),
        ["dpo"] = (Model + Pairs, [
            ("max_prompt_length=2000", "max_prompt_length must be from 1 to below max_length"),
            ("loss={kind: orpo, label_smoothing: 0.1}", "label_smoothing"),
            ("model.path=short", "rows are longer than the 8 positions of the model"),
            ("adaptive={tokens: {rewards: td-error}}", "must be log-ratio or reward-model for this trainer"),
            ("adaptive={tokens: {rewards: reward-model}, reward_model: base/final}", "there is no score head (score.weight)"),
        ]),
        ["kto"] = (Model + Pairs, [
            ("data=[{format: unpaired-preference, path: one.jsonl}]", "one.jsonl:1: this is the only training row; two were expected"),
            ("max_prompt_length=2000", "max_prompt_length must be from 1 to below max_length"),
            ("model.path=short", "rows are longer than the 8 positions of the model"),
        ]),
        ["ppo"] = (Model + Prompts, [
            ("mini_batch_size=8", "mini_batch_size is 8, but a step has only the 4 responses of batch_size"),
            ("batch_size=400", "gsm8k.jsonl: 40 prompts of 40 can be used; one step takes 400"),
            ("stop_token=zz", "the tokenizer has no token 'zz'"),
            ("reward={kind: model, path: nowhere}", "nowhere"),
            ("reward={kind: model, path: base/final}", "there is no score head (score.weight)"),
            ("reward={kind: model, path: plain/final}", "the adapter has no head"),
            ("reward={kind: model, path: lacking-score}", "asks for tensor 'model.norm.weight' of shape [16], which is not there"),
            ("reward={kind: model, path: misfit-score}", "was expected, found [2, 16]"),
            ("model.path=lacking", "asks for tensor 'model.norm.weight' of shape [16], which is not there"),
            ("max_new_tokens=100000", "rows are longer than the 1024 positions of the model"),
            ("max_prompt_length=1", "gsm8k.jsonl: none of 40 prompts has at most 1 tokens"),
            ("model.trained_whole=[embed_tokens]", "a policy shares these modules with its reference"),
            ("adaptive={tokens: {rewards: reward-model}}", "adaptive.reward_model is missing"),
            ("temperature=-1", "top_k: 1 takes the best token"),
            ("top_p=3", "leave the key out to keep all tokens"),
            ("top_k=0", "leave the key out to keep all tokens"),
        ]),
        ["grpo"] = (Model + Prompts + "num_generations: 2\n", [
            ("num_generations=3", "num_generations"),
            ("num_generations=1", "num_generations"),
        ]),
        ["online-dpo"] = (Model + Prompts, [
            ("loss={kind: kto_pair}|micro_batch_size=2", "micro_batch_size must be that of the whole batch"),
            ("loss={kind: orpo}|adaptive={tokens: {delta: 0.1}}", "without a reference"),
            ("batch_size=400", "gsm8k.jsonl: 40 prompts of 40 can be used; one step takes 400"),
        ]),
        ["rs"] = (Model + Prompts + "samples: 2\n", [
            ("adaptive={tokens: {rewards: log-ratio}}", "must be reward-model for this trainer, found log-ratio"),
            ("max_new_tokens=100000", "rows are longer than the 1024 positions of the model"),
        ]),
    };

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_plan_refuses_what_its_run_refuses(string stage)
    {
        MakeWorld();
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $"stage: {stage}\n{Bad[stage].File}{LastRun}");
        _world.Run("train", file, "--dry");
        var wrong = Bad[stage].Refused.SelectMany(one => Differences(file, one.Settings, one.Words));

        wrong.Should().BeEmpty();
    }

    /// <summary>A plan tells the key in a column of its own.</summary>
    [Fact]
    public void A_run_names_the_key_of_a_reward_model_that_it_refuses()
    {
        MakeWorld();
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $"stage: ppo\n{Bad["ppo"].File}{LastRun}");

        SmallWorld.Try("train", file, "--out", _world.File("run"), "--set", $"reward={{kind: model, path: {_world.File("lacking")}}}")
            .Error.Should().Contain($"reward.path: {_world.File("lacking")}: a reward model was expected");
    }

    [Theory]
    [InlineData("sft", "model.lora.targets=[self_attn.q_proj]")]
    [InlineData("sft", "model.trained_whole=[embed_tokens]")]
    [InlineData("rm-preference", "model.trained_whole=[score]")]
    public void A_plan_takes_what_its_run_takes(string stage, string setting)
    {
        MakeWorld();
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $"stage: {stage}\n{Bad[stage].File}{LastRun}");

        _world.Run("train", file, "--set", setting, "--dry").Should().NotContain("problem");
        _world.Run("train", file, "--set", setting, "--out", _world.File("run"));
    }

    /// <summary>What was made before the fault is freed; the attribute of this class counts the tensors of this thread.</summary>
    [Fact]
    public void Names_and_shapes_leave_nothing_behind()
    {
        MakeWorld();
        ModelSettings At(string name) => new() { Path = _world.File(name) };

        FluentActions.Invoking(() => TrainedScoreModel.Shapes(At("lacking"))).Should().Throw<ReproException>();
        FluentActions.Invoking(() => TrainedModel.Shapes(At("misshapen"))).Should().Throw<ReproException>();
        FluentActions.Invoking(() => TrainedModel.Shapes(At("base/final") with { Adapter = _world.File("misfit") }))
            .Should().Throw<ReproException>();
        TrainedScoreModel.Shapes(At("base/final")).Dispose();
        TrainedModel.Shapes(At("base/final") with { Adapter = _world.File("plain/final") }).Dispose();
    }

    [Fact]
    public void A_model_that_is_not_there_is_one_problem()
    {
        MakeWorld();
        var file = _world.File("own.yaml");
        File.WriteAllText(file, $"stage: ppo\n{Bad["ppo"].File}{LastRun}");
        var output = SmallWorld.Try("train", file, "--dry", "--set", $"model.path={_world.File("nowhere")}").Output;
        output.Should().Contain("1 problem; nothing was trained").And.Contain("config.json");
        SmallWorld.Try("train", file, "--dry", "--set", $"model.path={_world.File("empty")}").Output.Should()
            .Contain("2 problems", "a folder that is there may lack both");
    }

    public void Dispose() => _world.Dispose();

    private IEnumerable<string> Differences(string file, string settings, string words)
    {
        var set = settings.Split('|').SelectMany(one => new[] { "--set", Placed(one) }).ToArray();
        foreach (var mode in new[] { new[] { "--dry" }, ["--out", _world.File($"run-{Guid.NewGuid():N}")] })
        {
            var (code, output, error) = SmallWorld.Try(["train", file, .. set, .. mode]);
            var told = string.Join(' ', (output + error).Split([' ', '\n', '│'], StringSplitOptions.RemoveEmptyEntries));
            if (code != 1 || !words.Split('|').Any(word => told.Contains(word, StringComparison.Ordinal))
                || told.Contains(" at Repro.", StringComparison.Ordinal))
            {
                yield return Invariant($"{settings} {mode[0]}: exit code {code}, '{words}' expected: {told}");
            }
        }
    }

    // Paths of --set are those of the current folder, not of the file.
    private string Placed(string setting) =>
        new[]
        {
            "base/final", "plain/final", "nowhere", "empty.jsonl", "missing.jsonl", "one.jsonl", "short",
            "extended", "scored", "lacking", "misshapen", "stray", "untied", "scoring", "misfit",
        }
        .Aggregate(setting, (text, name) => text.Replace("=" + name, "=" + _world.File(name), StringComparison.Ordinal)
            .Replace(": " + name, ": " + _world.File(name), StringComparison.Ordinal))
        .Replace("adapter: empty", "adapter: " + _world.File("empty"), StringComparison.Ordinal);

    // A base, an adapter without a head, the base with 8 positions, and data that train nothing.
    private void MakeWorld()
    {
        _world.MakeBase();
        File.WriteAllText(_world.File("plain.yaml"),
            "stage: sft\n" + Model + "data: [{format: gsm8k, path: gsm8k.jsonl}]\nbatch_size: 4\n" + LastRun);
        _world.Run("train", _world.File("plain.yaml"), "--out", _world.File("plain"));
        SetNumber(Copy("base/final", "short"), "config.json", "max_position_embeddings", 8);
        MakeMisfits();
        _world.Run("extend", _world.File("base/final"), "--token", "<|one|>", "--token", "<|two|>", "--out", _world.File("extended"));
        Directory.CreateDirectory(_world.File("empty"));
        File.WriteAllText(_world.File("empty.jsonl"), string.Empty);
        File.WriteAllText(_world.File("one.jsonl"), """{"prompt": "Say 1", "completion": "Here it is: 1", "label": true}""" + "\n");
    }

    // Models whose weights are not those that their configuration asks for, and adapters of another rank than theirs says.
    private void MakeMisfits()
    {
        const string Norm = "model.norm.weight";
        using var scope = torch.NewDisposeScope();
        var wide = torch.ones(17);
        Rewrite("base/final", "lacking", tensors => tensors.Remove(Norm));
        Rewrite("base/final", "misshapen", tensors => tensors[Norm] = wide);
        Rewrite("base/final", "stray", tensors => tensors["stray"] = wide);
        Rewrite("base/final", "untied", tensors => tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + 1);
        using (var scored = ScoreModel.LoadBody(_world.File("base/final"), 1))
        {
            scored.Save(Copy("base/final", "scored"));
        }

        Rewrite("scored", "lacking-score", tensors => tensors.Remove(Norm));
        using var model = LanguageModel.Load(_world.File("base/final"));
        using var scoring = AdapterRewardModel.Create(model, "reward", new LoraSettings { Rank = 2, Alpha = 4, Targets = ["q_proj"] }, 1);
        scoring.Save(_world.File("scoring"), _world.File("base/final"));
        SetNumber(Copy("plain/final", "misfit"), "adapter_config.json", "r", 3);
        SetNumber(Copy("scoring", "misfit-score"), "adapter_config.json", "r", 3);
    }

    private void Rewrite(string from, string to, Action<Dictionary<string, torch.Tensor>> change)
    {
        var folder = Copy(from, to);
        using var files = SafetensorsFolder.Open(_world.File(from));
        var tensors = files.Names.ToDictionary(name => name, files.Read, StringComparer.Ordinal);
        change(tensors);
        SafetensorsFolder.Write(folder, tensors, 5_000_000_000);
    }

    private string Copy(string from, string to)
    {
        var folder = _world.File(to);
        Directory.CreateDirectory(folder);
        foreach (var path in Directory.GetFiles(_world.File(from)))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }

        return folder;
    }

    private static void SetNumber(string folder, string name, string key, int value)
    {
        var path = Path.Combine(folder, name);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[key] = value;
        File.WriteAllText(path, json.ToJsonString());
    }
}

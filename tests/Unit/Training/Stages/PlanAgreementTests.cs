using System.Text.Json.Nodes;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

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
            ("model.trained_whole=[nothing]", "model.trained_whole names 'nothing', which the model does not have"),
            ("model.lora.targets=[nothing]", "no linear layer is called nothing"),
            ("model.path=nowhere", "config.json"),
            ("model.tokenizer=nowhere", "cannot be read"),
            ("model={path: base/final, adapter: nowhere}", "nowhere"),
            ("model={path: base/final, adapter: empty}", "adapter_config.json"),
            ("model.device=gpu", "Device 'gpu' is not known"),
            ("model.device=cuda:9", "Device 'cuda:9' is not there"),
            ("model.path=short", "rows are longer than the 8 positions of the model"),
            ("template=llama3", "<|begin_of_text|>"),
            ("data.0.path=missing.jsonl", "missing.jsonl"),
            ("data.0.path=empty.jsonl", "empty.jsonl"),
            ("data.0.format=hh", "gsm8k.jsonl"),
            ("max_length=1", "max_length"),
            ("max_length=2", "nothing to train on|There are no"),
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
            ("data.0.maximum_rows=1", "one train row|unknown key"),
            ("data=[{format: unpaired-preference, path: one.jsonl}]", "two were expected"),
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
        new[] { "base/final", "plain/final", "nowhere", "empty.jsonl", "missing.jsonl", "one.jsonl", "short" }
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
        Directory.CreateDirectory(_world.File("short"));
        foreach (var path in Directory.GetFiles(_world.File("base/final")))
        {
            File.Copy(path, Path.Combine(_world.File("short"), Path.GetFileName(path)));
        }

        var config = Path.Combine(_world.File("short"), "config.json");
        var sizes = JsonNode.Parse(File.ReadAllText(config))!;
        sizes["max_position_embeddings"] = 8;
        File.WriteAllText(config, sizes.ToJsonString());
        Directory.CreateDirectory(_world.File("empty"));
        File.WriteAllText(_world.File("empty.jsonl"), string.Empty);
        File.WriteAllText(_world.File("one.jsonl"), """{"prompt": "Say 1", "completion": "Here it is: 1", "label": true}""" + "\n");
    }
}

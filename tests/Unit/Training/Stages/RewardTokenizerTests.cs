using System.Text.Json.Nodes;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>Reward models whose tokenizer, template or base is not that of the policy.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardTokenizerTests : IDisposable
{
    private const string Sampled = """
        seed: 3
        model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}}
        data: [{format: gsm8k, path: gsm8k.jsonl}]
        max_new_tokens: 6
        batch_size: 4
        optimizer: {learning_rate: 0.01}
        run: {maximum_steps: 2}

        """;

    private readonly SmallWorld _world = new();

    /// <summary>Two tokenizers of 300 ids with other words: a score inside a stage is the score of the text by itself.</summary>
    [Theory]
    [InlineData("ppo", "")]
    [InlineData("grpo", "num_generations: 2")]
    [InlineData("online-dpo", "")]
    [InlineData("rs", "samples: 2")]
    public void A_score_inside_a_stage_is_that_of_the_text_alone(string stage, string own)
    {
        MakeModels();
        Write("own.yaml", stage, $"reward: {{kind: model, path: foreign/final}}\n{own}");

        Flat(_world.Run("train", _world.File("own.yaml"), "--dry")).Should().Contain("a tokenizer of its own");
        var (code, _, error) = SmallWorld.Try("train", _world.File("own.yaml"), "--out", _world.File("run"));
        code.Should().Be(0, error);
        error.Should().Contain("a tokenizer of its own");

        Compare("run", "foreign/final");
    }

    /// <summary>The template of the reward model, not that of the run.</summary>
    [Fact]
    public void A_reward_model_reads_its_own_template()
    {
        MakeModels();
        _world.Run(
            "train", _world.File("rm-foreign.yaml"), "--out", _world.File("tagged"),
                "--set", "template=qwen2", "--set", "run.maximum_steps=1");
        Write("own.yaml", "ppo", "reward: {kind: model, path: tagged/final}\ntemplate: chatml");

        Flat(_world.Run("train", _world.File("own.yaml"), "--dry")).Should().Contain("template: qwen2, from");
        _world.Run("train", _world.File("own.yaml"), "--out", _world.File("run"));
        Compare("run", "tagged/final");

        _world.Run("train", _world.File("own.yaml"), "--out", _world.File("asked"), "--set", "reward.template=chatml");
        Compare("asked", "tagged/final", "--template", "chatml");
        Scores("asked").Should().NotEqual(Scores("run"));
    }

    [Theory]
    [InlineData("ppo", "")]
    [InlineData("online-dpo", "")]
    [InlineData("rs", "samples: 2")]
    [InlineData("dpo", "")]
    public void Token_rewards_of_other_tokens_are_refused(string stage, string own)
    {
        MakeModels();
        const string Adaptive = "adaptive: {tokens: {rewards: reward-model}, reward_model: foreign/final}";
        if (stage == "dpo")
        {
            File.WriteAllText(_world.File("own.yaml"), $$$"""
                stage: dpo
                seed: 3
                model: {path: base/final, lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj]}}
                data: [{format: hh, path: hh.jsonl}]
                batch_size: 8
                optimizer: {learning_rate: 0.01}
                {{{Adaptive}}}
                """);
        }
        else
        {
            Write("own.yaml", stage, $"reward: {{kind: answer}}\n{own}\n{Adaptive}");
        }

        Refused("adaptive.reward_model: ", "has another tokenizer than the policy");
    }

    [Fact]
    public void A_language_model_is_no_reward_model()
    {
        _world.MakeBase();
        Write("own.yaml", "ppo", "reward: {kind: model, path: base/final}");

        Refused("there is no score head (score.weight)", "rm-preference");
    }

    [Fact]
    public void A_head_with_several_outputs_is_no_reward_model()
    {
        MakeModels();
        Rewrite("foreign/final", "score.weight", weight => weight.repeat(2, 1));
        Write("own.yaml", "ppo", "reward: {kind: model, path: foreign/final}");

        Refused("a head score.weight of shape [1, 16] was expected, found [2, 16]");
    }

    [Fact]
    public void An_adapter_of_another_base_is_refused()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"), "--set", "run.maximum_steps=1");
        Write("own.yaml", "ppo", "reward: {kind: model, path: preference/final}");
        _world.Run("train", _world.File("own.yaml"), "--dry").Should().NotContain("trained on");

        // The same weights under another name are the same base.
        Copy("base/final", "copy");
        _world.Run("train", _world.File("own.yaml"), "--dry", "--set", $"model.path={_world.File("copy")}")
            .Should().NotContain("trained on");

        Rewrite("copy", "model.norm.weight", weight => weight * 2);
        File.WriteAllText(_world.File("own.yaml"),
            File.ReadAllText(_world.File("own.yaml")).Replace("base/final", "copy", StringComparison.Ordinal));
        Refused("the adapter was trained on", "tensor 'model.norm.weight' has other numbers", "Merge the adapter into its base");

        // Nothing to compare with: told, not refused.
        Directory.Move(_world.File("base"), _world.File("elsewhere"));
        Flat(_world.Run("train", _world.File("own.yaml"), "--dry")).Should().Contain("which is not here to compare");
    }

    public void Dispose() => _world.Dispose();

    // A policy under base, and a reward model under foreign with a tokenizer that was trained on other texts.
    private void MakeModels()
    {
        _world.MakeBase();
        File.WriteAllText(_world.File("words.jsonl"), string.Join('\n', Enumerable.Range(0, 30).Select(i =>
            Invariant($$"""{"question": "zebra quince vex {{i}}?", "answer": "jumbo zebra quince.\n#### {{i}}"}"""))));
        File.WriteAllText(_world.File("prepare-foreign.yaml"), """
            data: [{format: gsm8k, path: words.jsonl}]
            vocabulary_size: 300
            model: {hidden_size: 16, intermediate_size: 24, layers: 2, heads: 2}
            """);
        _world.Run("prepare", _world.File("prepare-foreign.yaml"), "--out", _world.File("foreign-model"));
        File.WriteAllText(_world.File("rm-foreign.yaml"), """
            stage: rm-preference
            seed: 5
            model: {path: foreign-model, fresh: true}
            data: [{format: hh, path: hh.jsonl}]
            batch_size: 8
            optimizer: {learning_rate: 0.05}
            """);
        _world.Run("train", _world.File("rm-foreign.yaml"), "--out", _world.File("foreign"), "--set", "run.maximum_steps=4");
    }

    private void Write(string name, string stage, string own) => File.WriteAllText(_world.File(name), $"stage: {stage}\n{Sampled}{own}\n");

    // Same words from the plan and from the run.
    private void Refused(params string[] words)
    {
        foreach (var arguments in new[] { new[] { "--dry" }, ["--out", _world.File("refused")] })
        {
            var (code, output, error) = SmallWorld.Try(["train", _world.File("own.yaml"), .. arguments]);
            code.Should().Be(1);
            foreach (var word in words)
            {
                Flat(output + error).Should().Contain(word);
            }
        }
    }

    // A table breaks its lines within cells.
    private static string Flat(string text) => string.Join(
        ' ', text.Split('\n').Select(line => line.Split('│'))
            .SelectMany(cells => cells).SelectMany(cell => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private List<JsonObject> Samples(string run) =>
        [.. File.ReadLines(Path.Combine(_world.File(run), "samples.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    private IEnumerable<double> Scores(string run) => Samples(run).Select(sample => (double)sample["scores"]!["score"]!);

    private void Compare(string run, string model, params string[] more)
    {
        var samples = Samples(run);
        samples.Count.Should().BeGreaterThan(2);
        File.WriteAllLines(_world.File("rows.jsonl"), samples.Select(sample =>
            new JsonObject { ["prompt"] = (string)sample["prompt"]!, ["response"] = (string)sample["response"]! }.ToJsonString()));
        var alone = _world.Run(["score", "--model", _world.File(model), "--data", _world.File("rows.jsonl"), .. more])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (double)JsonNode.Parse(line)!["score"]!).ToList();

        foreach (var (inside, expected) in Scores(run).Zip(alone))
        {
            inside.Should().BeApproximately(expected, 1e-5);
        }

        alone.Distinct().Count().Should().BeGreaterThan(1, "scores that are all the same compare nothing");
    }

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(_world.File(to));
        foreach (var file in Directory.GetFiles(_world.File(from)))
        {
            File.Copy(file, Path.Combine(_world.File(to), Path.GetFileName(file)));
        }
    }

    private void Rewrite(string folder, string name, Func<Tensor, Tensor> change)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors;
        using (var files = SafetensorsFolder.Open(_world.File(folder)))
        {
            tensors = files.Names.ToDictionary(each => each,
                each => each == name ? change(files.Read(each)) : files.Read(each), StringComparer.Ordinal);
        }

        SafetensorsFolder.Write(_world.File(folder), tensors);
    }
}

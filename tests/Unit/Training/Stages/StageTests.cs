using System.Text.Json.Nodes;
using Repro.Core.Configuration;
using Repro.Core.Training.Registry;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Stages;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class StageTests : IDisposable
{
    private readonly SmallWorld _world = new();

    [Fact]
    public void Every_stage_leads_to_the_next()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"));
        _world.Run("train", _world.File("rm-absolute.yaml"), "--out", _world.File("absolute"));
        _world.Run("train", _world.File("ppo.yaml"), "--dry").Should().Contain("4 of 8 prompts").And.Contain("an adapter with a head");
        _world.Run("train", _world.File("ppo.yaml"), "--out", _world.File("ppo"));

        var last = Metrics("ppo")[^2];
        ((double)last["metrics"]!["rewards/mean"]!).Should().NotBe(0);
        var (preference, absolute) = ((double)last["metrics"]!["scores/preference"]!, (double)last["metrics"]!["scores/absolute"]!);
        ((double)last["metrics"]!["scores/mean"]!).Should().BeApproximately((0.25 * preference) + (0.75 * absolute), 1e-6);
        var answer = JsonNode.Parse(
            _world.Run("generate", "--model", _world.File("base/final"), "--adapter", _world.File("ppo/final"), "--prompt", "Say "
                + "3", "--max-new-tokens", "5"))!;
        ((int)answer["tokens"]!).Should().BeInRange(1, 5);
        File.WriteAllText(_world.File("rows.jsonl"), """{"prompt": "Say 3", "response": "Here it is: 3"}""");
        var scored = JsonNode.Parse(
            _world.Run(
                "score", "--model", _world.File("base/final"), "--adapter", _world.File("preference/final"), "--data",
                _world.File("rows.jsonl")))!;
        double.IsFinite((double)scored["score"]!).Should().BeTrue();
    }

    [Fact]
    public void The_template_of_a_run_goes_along_with_its_model()
    {
        string[] train = ["train", "--set", "run.maximum_steps=1"];
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        _world.Run("train", _world.File("sft.yaml"), "--dry").Should().Contain("chatml, as the model brings none");
        _world.Run([.. train, _world.File("sft.yaml"), "--out", _world.File("base"), "--set", "template=qwen2"]);

        _world.Run("train", _world.File("rm-preference.yaml"), "--dry").Should().Contain("qwen2, from");
        _world.Run([.. train, _world.File("rm-preference.yaml"), "--out", _world.File("preference")]);
        string[] generate = ["generate", "--model", _world.File("base/final"), "--prompt", "Say 3", "--max-new-tokens", "5"];
        var (code, output, error) = SmallWorld.Try(generate);
        code.Should().Be(0);
        error.Should().StartWith("template: qwen2, from ").And.Contain("chat_template.jinja");
        SmallWorld.Try([.. generate, "--template", "qwen2"]).Should().Be((0, output, string.Empty));

        File.WriteAllText(_world.File("rows.jsonl"), """{"prompt": "Say 3", "response": "Here it is: 3"}""");
        string[] score = ["score", "--model", _world.File("base/final"), "--data", _world.File("rows.jsonl")];
        score = [.. score, "--adapter", _world.File("preference/final")];
        var scored = SmallWorld.Try(score).Output;
        SmallWorld.Try([.. score, "--template", "qwen2"]).Output.Should().Be(scored);
        SmallWorld.Try([.. score, "--template", "chatml"]).Output.Should().NotBe(scored);
        SmallWorld.Try([.. score, "--template", "tags"]).Error.Should()
            .Contain("template 'tags': one of chatml, ").And.Contain("or a file");
    }

    /// <summary>Both conversations have two prompts with two replies each: two pairs are held out, not the six of a conversation.</summary>
    [Fact]
    public void Pairs_of_rated_replies_are_of_one_prompt()
    {
        _world.MakeBase();
        string[] prompts = ["Say 1", "Say 2"];
        const string Others = """ "correctness": 1, "coherence": 1, "complexity": 1, "verbosity": 1}""";
        string Row(string prompt, string reply, int score) =>
            $$"""{"prompt": "{{prompt}}", "response": "{{reply}}", "helpfulness": """ + Invariant($"{score},") + Others;
        File.WriteAllLines(_world.File("rated.jsonl"), prompts.SelectMany(prompt => new[]
        {
            Row(prompt, "1", 4), Row(prompt, "no", 0),
            Row($@"{prompt}\n<extra_id_1>Assistant\nno\n<extra_id_1>User\nAgain", "2", 3),
            Row($@"{prompt}\n<extra_id_1>Assistant\nno\n<extra_id_1>User\nAgain", "never", 1),
        }));

        _world.Run(
            "train", _world.File("rm-absolute.yaml"), "--out", _world.File("rated"), "--set", "run.maximum_steps=1",
            "--set", $"data=[{{format: helpsteer, path: {_world.File("rated.jsonl")}, split: {{held_out: 0.5}}}}]");

        var evaluation = Metrics("rated").Last(line => (string?)line["kind"] == "evaluation");
        ((double)evaluation["metrics"]!["pairs"]!).Should().Be(2);
    }

    [Fact]
    public void A_template_may_be_a_file_with_Jinja_and_goes_along_with_the_run()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        var sft = _world.File("sft.yaml");
        var file = _world.File("mine.jinja");
        File.WriteAllText(
            file,
            "{%- for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '<|im_end|>' }}{%- endfor %}"
            + "{%- if add_generation_prompt %}{{ 'assistant: ' }}{%- endif %}");
        _world.Run("train", sft, "--set", $"template={file}", "--dry").Should().Contain("the file ").And.Contain("/mine.jinja");
        _world.Run("train", sft, "--set", $"template={file}", "--set", "run.maximum_steps=1", "--out", _world.File("own"));
        File.ReadAllText(_world.File("own/final/chat_template.jinja")).Should().Be(File.ReadAllText(file));
        File.ReadAllText(_world.File("own/environment.json")).Should()
            .Contain("mine.jinja", "a resumed run must not read another template");
        string[] generate = ["generate", "--model", _world.File("own/final"), "--prompt", "Say 3", "--max-new-tokens", "5"];
        var own = SmallWorld.Try(generate);
        own.Error.Should().StartWith("template: the model's own, from ");
        SmallWorld.Try([.. generate, "--template", file]).Should().Be((0, own.Output, string.Empty));

        File.WriteAllText(file, "{% include 'x' %}");
        SmallWorld.Try(["train", sft, "--set", $"template={file}", "--dry"]).Output.Should().Contain("mine.jinja, line 1, column 4");
        var (code, _, error) = SmallWorld.Try(["train", sft, "--set", "template=chatmll", "--dry"]);
        code.Should().Be(1);
        error.Should().Contain("key 'template' must be one of chatml, ")
            .And.Contain("or a file that exists, found 'chatmll'; did you mean 'chatml'?");
    }

    [Fact]
    public void A_stage_learns()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        _world.Run("train", _world.File("sft.yaml"), "--out", _world.File("base"));

        var evaluations = Metrics("base").Where(line => (string?)line["kind"] == "evaluation")
            .Select(line => (double)line["metrics"]!["loss"]!).ToList();
        evaluations.Should().HaveCountGreaterThan(2).And.BeInDescendingOrder();
    }

    [Fact]
    public void Kto_learns_from_single_completions()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        _world.Run("train", _world.File("kto.yaml"), "--dry").Should()
            .Contain("64 rows to train on, 32 desirable and 32 not, 16 held out").And.Contain("8 steps of");

        _world.Run("train", _world.File("kto.yaml"), "--out", _world.File("kto"));

        var last = Metrics("kto").Last(line => (string?)line["kind"] == "evaluation")["metrics"]!;
        ((double)last["rewards/margins"]!).Should().BePositive();
        ((double)last["loss"]!).Should().BeLessThan((1.2 + 1) / 4, "that is the loss of a policy that is its reference");
        File.Exists(_world.File("kto/final/adapter_model.safetensors")).Should().BeTrue();
    }

    [Fact]
    public void A_dry_run_trains_nothing_and_finds_every_problem()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));

        var plan = _world.Run("train", _world.File("sft.yaml"), "--dry", "--out", _world.File("none"));

        plan.Should().Contain("20 steps of").And.Contain("36 rows to train on, 4 held out").And.Contain("operations, about");
        Directory.Exists(_world.File("none")).Should().BeFalse();
        var (code, output, _) = SmallWorld.Try(
            "train",
            _world.File("sft.yaml"),
            "--dry",
            "--set",
            "model.device=cuda:7",
            "--set",
            "data.0.path=" + _world.File("missing.jsonl"));
        code.Should().Be(1);
        output.Should().Contain("cuda:7").And.Contain("missing.jsonl").And.Contain("2 problems; nothing was trained");
    }

    [Fact]
    public void A_dry_run_without_a_model_says_what_was_not_checked()
    {
        string[] dry = ["train", _world.File("sft.yaml"), "--dry", "--set", "model.path=" + _world.File("none")];
        var (code, output, _) = SmallWorld.Try(dry);
        code.Should().Be(1);
        Words(output).Should().Contain("not checked").And.Contain("they need model").And.Contain("gsm8k")
            .And.Contain("1 problem; nothing was trained");
        (code, output, _) = SmallWorld.Try([.. dry, "--set", "data.0.path=" + _world.File("missing.jsonl")]);
        code.Should().Be(1);
        Words(output).Should().Contain("no such file or folder").And.Contain("2 problems; nothing was trained");
    }

    /// <summary>Data that are not there, and data in which nothing can be trained on: before and after the folder is begun.</summary>
    [Theory]
    [InlineData("data.0.path=missing.jsonl")]
    [InlineData("data.0.format=hh")]
    [InlineData("model.path=none")]
    public void A_run_that_is_refused_leaves_no_folder(string setting)
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        string[] train = ["train", _world.File("sft.yaml"), "--out"];

        SmallWorld.Try([.. train, _world.File("deep/run"), "--set", setting]).Code.Should().Be(1);
        Directory.Exists(_world.File("deep")).Should().BeFalse("the folder around it was made for it");

        var own = Directory.CreateDirectory(_world.File("own")).FullName;
        SmallWorld.Try([.. train, own, "--set", setting]).Code.Should().Be(1);
        Directory.EnumerateFileSystemEntries(own).Should().BeEmpty();

        var begun = _world.File("begun");
        _world.Run([.. train, begun, "--set", "run.maximum_steps=2"]);
        var before = Directory.GetFiles(begun, "*", SearchOption.AllDirectories);
        SmallWorld.Try([.. train, begun, "--resume", "--set", setting]).Code.Should().Be(1);
        Directory.GetFiles(begun, "*", SearchOption.AllDirectories).Should().BeEquivalentTo(before);
    }

    [Theory]
    [InlineData(7, "20, cut to 7 by run.maximum_steps", "7 steps of")]
    [InlineData(20, "20; run.maximum_steps is 20", "20 steps of")]
    public void A_dry_run_says_what_maximum_steps_does(int most, string check, string plan)
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));

        _world.Run("train", _world.File("sft.yaml"), "--dry", "--set", Invariant($"run.maximum_steps={most}"))
            .Should().Contain(check).And.Contain("\n" + plan);
    }

    [Fact]
    public void A_reward_adapter_without_a_head_is_found_beforehand()
    {
        _world.MakeBase();
        var model = _world.File("base/final");
        _world.Run(
            "train",
            _world.File("sft.yaml"),
            "--out",
            _world.File("plain"),
            "--set",
            $"model={{path: {model}, lora: {{rank: 2, alpha: 4, targets: [q_proj]}}}}",
            "--set",
            "run.maximum_steps=1");

        var plain = _world.File("plain/final");
        var (code, output, _) = SmallWorld.Try(
            "train", _world.File("ppo.yaml"), "--dry", "--set", "reward={kind: model, path: " + plain + "}");

        code.Should().Be(1);
        output.Should().Contain("has no head");
    }

    [Theory]
    [InlineData("sft", "optimizer.learning_rate=0", "must be above 0")]
    [InlineData("sft", "optimizer.beta2=1", "must be from 0 to below 1")]
    [InlineData("sft", "optimizer.maximum_gradient_norm=0", "must be above 0, found '0'; leave the key out for no clipping")]
    [InlineData("sft", "optimizer.maximum_gradient_norm=-1", "must be above 0, found '-1'; leave the key out for no clipping")]
    [InlineData("sft", "optimizer.weight_decay=-1", "must be at least 0")]
    [InlineData("sft", "run.maximum_steps=-1", "must be at least 1, found '-1'; leave the key out for no limit")]
    [InlineData("sft", "epochs=0", "must be at least 1")]
    [InlineData("rm-preference", "model.lora.rank=-1", "must be at least 1")]
    [InlineData("rm-preference", "model.lora.alpha=0", "must be above 0")]
    [InlineData("rm-preference", "model.lora.dropout=1", "must be from 0 to below 1")]
    [InlineData("ppo", "gamma=2", "must be from 0 to 1")]
    [InlineData("ppo", "batch_size=0", "must be at least 1")]
    [InlineData("ppo", "temperature=0", "must be above 0, found '0'; top_k: 1 takes the best token")]
    public void A_dry_run_and_a_run_refuse_a_number_out_of_range_alike(string stage, string setting, string message)
    {
        var file = _world.File(stage + ".yaml");

        var dry = SmallWorld.Try("train", file, "--dry", "--set", setting);
        var run = SmallWorld.Try("train", file, "--out", _world.File("out"), "--set", setting);

        run.Should().Be(dry);
        dry.Code.Should().Be(1);
        dry.Error.TrimEnd().Should().StartWith($"error: --set {setting}: key '{setting.Split('=')[0]}' {message}").And.NotContain("\n");
    }

    [Theory]
    [InlineData("ppo", "mini_batch_size: 9", "mini_batch_size is 9, but a step has only the 8 responses of batch_size.")]
    [InlineData("grpo", "mini_batch_size: 9", "mini_batch_size is 9, but a step has only the 8 responses of batch_size.")]
    [InlineData("rloo", "mini_batch_size: 9", "mini_batch_size is 9, but a step has only the 8 responses of batch_size.")]
    [InlineData("grpo", "num_generations: 3", "num_generations is 3, of which the batch_size 8 is no multiple.")]
    public void A_dry_run_and_a_run_refuse_numbers_that_do_not_fit_with_file_line_and_key(string stage, string line, string message)
    {
        var file = _world.File("own.yaml");
        var lines = File.ReadAllLines(_world.File("ppo.yaml"))
            .Where(one => !one.StartsWith("ppo_epochs", StringComparison.Ordinal)).Append(line).ToList();
        lines[0] = $"stage: {stage}";
        File.WriteAllLines(file, lines);

        var dry = SmallWorld.Try("train", file, "--dry");
        var run = SmallWorld.Try("train", file, "--out", _world.File("out"));

        run.Should().Be(dry);
        dry.Code.Should().Be(1);
        dry.Error.TrimEnd().Should().Be($"error: {file}:{lines.Count}: in the file: {message}");
    }

    [Theory]
    [InlineData("generate", "--temperature", "-1", "must be at least 0")]
    [InlineData("generate", "--temperature", "Infinity", "must be at least 0")]
    [InlineData("generate", "--top-p", "3", "must be above 0 and at most 1")]
    [InlineData("generate", "--top-p", "0", "must be above 0 and at most 1")]
    [InlineData("generate", "--top-k", "0", "must be at least 1, found '0'; leave the option out to keep all tokens")]
    [InlineData("generate", "--sequences", "0", "must be from 1 to 10000")]
    [InlineData("generate", "--max-new-tokens", "0", "must be at least 1")]
    [InlineData("generate", "--batch", "0", "must be at least 1")]
    [InlineData("score", "--max-length", "0", "must be at least 1")]
    [InlineData("score", "--batch", "-1", "must be at least 1")]
    public void A_number_on_the_command_line_out_of_range_is_refused_before_anything_is_loaded(
        string verb, string option, string value, string message)
    {
        string[] needed = verb == "score" ? ["--data", "none.jsonl"] : ["--prompt", "Say 3"];

        var (code, _, error) = SmallWorld.Try([verb, "--model", "none", .. needed, option, value]);

        code.Should().Be(1);
        error.Should().Contain($"{option} {message}").And.NotContain("   at ");
    }

    [Theory]
    [InlineData("stage=stf", "key 'stage' must be one of dpo, *sft*did you mean 'sft'?")]
    [InlineData("batch_size=0", "--set batch_size=0: key 'batch_size' must be at least 1*")]
    [InlineData("optimizer.lr=1", "--set optimizer.lr=1: unknown key 'lr' in 'optimizer'*")]
    [InlineData("data.0.format=gsm", "*unknown data format 'gsm'*did you mean 'gsm8k'?*")]
    [InlineData("data.0.format=helpsteer2", "*unknown data format 'helpsteer2'; did you mean 'helpsteer'?*")]
    [InlineData("data.0.languages=[en]", "*the setting 'languages' has no use for conversations of the format 'gsm8k'*")]
    public void Wrong_settings_have_one_message(string setting, string message)
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));

        var (code, _, error) = SmallWorld.Try("train", _world.File("sft.yaml"), "--out", _world.File("out"), "--set", setting);

        code.Should().Be(1);
        error.TrimEnd().Should().Match("error: *" + message);
        error.TrimEnd().Should().NotContain("\n");
    }

    [Fact]
    public void The_settings_of_every_stage_can_be_written_and_read_back()
    {
        _world.MakeBase();
        _world.Run("train", _world.File("rm-preference.yaml"), "--out", _world.File("preference"), "--set", "run.maximum_steps=1");

        var registry = StageRegistry.Default();
        var (_, given) = registry.Read(_world.File("rm-preference.yaml"));
        var (_, resolved) = registry.Read(_world.File("preference/resolved.yaml"), new ConfigReader(["run.maximum_steps="]));
        ConfigWriter.Write(resolved).Should().Be(ConfigWriter.Write(given));
    }

    [Fact]
    public void Every_stage_of_the_library_is_found_by_its_name()
    {
        StageRegistry.Default().Names.Should().Equal(
            "dpo", "grpo", "kto", "online-dpo", "orm", "ppo", "prm", "rloo", "rm-absolute", "rm-preference", "rs", "sft");
        FluentActions.Invoking(() => new StageRegistry([.. StageRegistry.Default().Stages, StageRegistry.Default().Stages.First()]))
            .Should().Throw<ArgumentException>("two stages of one name cannot be told apart");
    }

    public void Dispose() => _world.Dispose();

    private List<JsonNode> Metrics(string run) =>
        [.. File.ReadLines(_world.File(run + "/metrics.jsonl")).Select(line => JsonNode.Parse(line)!)];

    // Cells of a table are broken into lines.
    private static string Words(string table) =>
        string.Join(' ', table.Split([' ', '\n', '\r', '│'], StringSplitOptions.RemoveEmptyEntries));
}

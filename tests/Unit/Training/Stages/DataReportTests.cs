using System.Text.Json.Nodes;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>What was left out, cut and changed is shown by a run, by --dry and by the run's records.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class DataReportTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    /// <summary>A template may refuse one conversation of many.</summary>
    [Fact]
    public void What_is_wrong_with_a_row_while_tokens_are_made_names_its_place()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        File.WriteAllLines(_world.File("chat.jsonl"), [
            """{"messages":[{"role":"user","content":"Say 1"},{"role":"assistant","content":"1"}]}""",
            """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"Say 1"},{"role":"assistant","content":"1"}]}""",
        ]);
        File.WriteAllText(
            _world.File("mine.jinja"),
            "{%- if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{%- endif %}"
            + "{%- for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '<|im_end|>' }}{%- endfor %}"
            + "{%- if add_generation_prompt %}{{ 'assistant: ' }}{%- endif %}");
        var file = _world.File("chat.yaml");
        File.WriteAllText(file, """
            stage: sft
            seed: 3
            model: {path: model, fresh: true}
            template: mine.jinja
            data: [{path: chat.jsonl}]
            batch_size: 1
            optimizer: {learning_rate: 0.01}
            """);

        var (code, _, error) = SmallWorld.Try("train", file, "--out", _world.File("run"));

        code.Should().Be(1);
        error.Should().MatchRegex("error: messages, .*chat.jsonl:2: .*no system here");
    }

    [Fact]
    public void Rows_left_out_and_cut_are_counted_in_terminal_plan_card_and_environment()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        string[] rows =
        [
            """{"messages":[{"role":"user","content":"Say 1"},{"role":"assistant","content":"Here it is: 1"}],"source":"own"}""",
            """{"messages":[{"role":"user","content":"Say 2"},{"role":"assistant","content":""}],"source":"own"}""",
            """{"messages":[{"role":"user","content":"Say 3"},{"role":"assistant","content":"LONG"}],"source":"own"}""",
            """{"messages":[{"role":"user","content":"LONG"},{"role":"assistant","content":"4"}],"source":"own"}""",
        ];
        var text = new string('x', 400);
        File.WriteAllLines(_world.File("chat.jsonl"), rows.Select(row => row.Replace("LONG", text, StringComparison.Ordinal)));
        File.WriteAllText(_world.File("lines.txt"), "Here it is: 5\n");
        var file = _world.File("chat.yaml");
        File.WriteAllText(file, """
            stage: sft
            seed: 3
            model: {path: model, fresh: true}
            data: [{path: chat.jsonl}, {path: lines.txt}]
            batch_size: 2
            max_length: 64
            optimizer: {learning_rate: 0.01}
            run: {maximum_steps: 1}
            """);
        string[] expected =
        [
            "format messages (detected by messages): 3 conversations to train on, 0 held out; columns not used: source",
            $"  left out: 1: the answer is empty (first: {_world.File("chat.jsonl")}:2)",
            "format text (detected by text): 1 text to train on, 0 held out",
            "left out: 1: no token carries loss within max_length 64 (first: messages, ",
            "changed: 1: the row is longer than max_length 64 and is cut (first: messages, ",
        ];

        var plan = _world.Run("train", file, "--dry").ReplaceLineEndings(" ");
        var (code, _, error) = SmallWorld.Try("train", file, "--out", _world.File("run"));
        code.Should().Be(0);
        foreach (var line in expected)
        {
            error.Should().Contain(line);
            Squeezed(plan).Should().Contain(Squeezed(line));
        }

        var card = File.ReadAllText(Path.Combine(_world.File("run"), "card.md"));
        card.Should().Contain("| messages (detected by messages) | conversations | 3 | 0 |")
            .And.Contain("| 1 | left out: the answer is empty |")
            .And.Contain("| all | 1 | changed: the row is longer than max_length 64 and is cut |");
        var data = JsonNode.Parse(File.ReadAllText(Path.Combine(_world.File("run"), "environment.json")))!["data"]!;
        ((int)data["sets"]![0]!["left_out"]!["the answer is empty"]!["count"]!).Should().Be(1);
        ((int)data["left_out"]!["no token carries loss within max_length 64"]!["count"]!).Should().Be(1);
    }

    // A prompt with two replies that are cut is one row.
    [Theory]
    [InlineData("rm-preference")]
    [InlineData("rm-absolute")]
    [InlineData("orm")]
    public void Reward_models_count_the_rows_that_are_cut(string stage)
    {
        _world.MakeBase();
        File.WriteAllText(_world.File("orm.yaml"), File.ReadAllText(_world.File("rm-absolute.yaml"))
            .Replace("stage: rm-absolute", "stage: orm", StringComparison.Ordinal)
            .Replace("loss: {kind: logistic}", string.Empty, StringComparison.Ordinal));
        string[] shorter = [_world.File(stage + ".yaml"), "--set", "max_length=12", "--set", "min_prompt_length=4"];
        const string cut = "changed: 40: prompt and reply are longer than max_length 12 and are cut";

        Squeezed(_world.Run(["train", .. shorter, "--dry"]).ReplaceLineEndings(" ")).Should().Contain(Squeezed(cut));
        SmallWorld.Try(["train", .. shorter, "--out", _world.File("run"), "--set", "run.maximum_steps=1"]).Error.Should().Contain(cut);
        _world.Run("train", _world.File(stage + ".yaml"), "--dry").Should().NotContain("are cut");
    }

    // Lines of a terminal are broken anywhere.
    private static string Squeezed(string text) => text.Replace(" ", string.Empty, StringComparison.Ordinal);
}

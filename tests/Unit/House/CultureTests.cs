using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.House;

/// <summary>What is read and written is the same whatever the culture of the user: files, settings, messages, plans, runs and
/// evidence.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CultureTests : IDisposable
{
    private readonly SmallWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void The_cultures_do_differ()
    {
        var number = () => InCultures.Same(() => (-0.5).ToString(CultureInfo.CurrentCulture));
        number.Should().Throw<Exception>().WithMessage("*de-DE*");
        var letters = () => InCultures.Same(() => "TITLE".ToLower(CultureInfo.CurrentCulture));
        letters.Should().Throw<Exception>().WithMessage("*tr-TR*");
    }

    [Theory]
    [InlineData("--temperature=0.9", "--top-p=0.25")]
    [InlineData("--temperature=1e-3", "--top-p=-0.5")]
    public void Options_are_read_with_a_point(params string[] options)
    {
        var (temperature, topP) = InCultures.Same(() =>
        {
            var parsed = GenerateVerb.Create().Parse([.. options, "--model", "none"]);
            return (parsed.GetValue<double>("--temperature"), parsed.GetValue<double?>("--top-p"));
        });
        (temperature, topP).Should().Be(
            (double.Parse(options[0][14..], CultureInfo.InvariantCulture), double.Parse(options[1][8..], CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("0,5")]
    [InlineData("1.000,5")]
    [InlineData("half")]
    public void Options_with_a_comma_are_refused(string number)
    {
        var (code, _, error) = InCultures.Same(() => SmallWorld.Try("generate", "--model", "none", "--prompt", "a", "--top-p", number));
        code.Should().NotBe(CommandLine.Success);
        error.Should().Contain($"--top-p: '{number}' was found; a number such as 0.5 was expected.");
    }

    [Fact]
    public void Settings_are_read_and_refused_alike()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        foreach (var setting
            in (string[])[
                "optimizer.learning_rate=-0.5", "optimizer.learning_rate=0,5", "schedule.warmup_ratio=1.5", "batch_size=-3", "stage=SFT",
                "run.TITLE=1",
            ])
        {
            var (code, output, error) = InCultures.Same(() =>
            {
                var (code, output, error) = SmallWorld.Try("train", _world.File("sft.yaml"), "--dry", "--set", setting);
                return (code, WithoutMeasurements(output), error);
            });
            (output + error).Should().NotBeEmpty("{0} gives {1}", setting, code);
        }
    }

    [Fact]
    public void Plans_runs_and_answers_are_alike()
    {
        _world.MakeBase();
        InCultures.Same(() => WithoutMeasurements(_world.Run("train", _world.File("sft.yaml"), "--dry")))
            .Should().Contain("36 rows to train on");
        File.WriteAllText(_world.File("rows.jsonl"), """{"prompt": "Say 3", "response": "Here it is: 3"}""");

        var run = 0;
        InCultures.Same(() =>
        {
            var folder = _world.File(Invariant($"run{run++}"));
            string[] settings = ["--set", "run.maximum_steps=3", "--set", "optimizer.learning_rate=0.0125"];
            _world.Run(["train", _world.File("rm-absolute.yaml"), "--out", folder, .. settings]);
            string[] model = ["--model", _world.File("base/final")];
            return (
                Steps(folder),
                File.ReadAllText(Path.Combine(folder, "config.yaml")),
                File.ReadAllBytes(Path.Combine(folder, "final", "adapter_model.safetensors")),
                _world.Run(["score", .. model, "--adapter", Path.Combine(folder, "final"), "--data", _world.File("rows.jsonl")])
                    .Replace(Path.GetFileName(folder), "run", StringComparison.Ordinal),
                _world.Run(["generate", .. model, "--prompt", "I ask", "--top-p", "0.75", "--max-new-tokens", "5"]));
        }).Item1.Should().NotBeEmpty();
    }

    [Fact]
    public void Texts_of_statistics_are_alike() => InCultures.Same(() => (
        Grim.Numerators("66.5%", 200).ToList(),
        InvariantText.Join(", ", [-1.5, 1e-20, 1234.5]),
        ((Action)(() => Grim.IsAttainable(0.5, -1, 100)))
            .Should().Throw<ArgumentOutOfRangeException>().Which.Message)).Item2.Should().Be("-1.5, 1E-20, 1234.5");

    [Fact]
    public void Every_static_claim_has_the_same_evidence()
    {
        var (results, table) = InCultures.Same(() =>
        {
            var json = _world.File("results.json");
            var table = _world.Run("verify", "--tier", "static", "--json", json, "--root", RepositoryRoot.Find());
            return (WithoutSeconds(json), WithoutMeasurements(table));
        });
        results.Should().Contain("\"verdict\": \"Holds\"");
        table.Should().Contain("CRS-T16-abs_vs_pref");
    }

    /// <summary>A table without the lines of time, speed and memory.</summary>
    private static string WithoutMeasurements(string table) => string.Join('\n', table.Split('\n').Where(line =>
        !line.Contains(" claims in ", StringComparison.Ordinal) && !line.Contains(" operations, about ", StringComparison.Ordinal)
        && !line.Contains("│ memory ", StringComparison.Ordinal)));

    /// <summary>The steps without what depends on the clock.</summary>
    private static string Steps(string folder) => string.Join('\n', File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
    {
        var step = JsonNode.Parse(line)!.AsObject();
        return Invariant($"{step["kind"]} {step["step"]} {step["metrics"]!["loss"]}");
    }));

    private static string WithoutSeconds(string json)
    {
        var results = JsonNode.Parse(File.ReadAllText(json))!.AsArray();
        foreach (var result in results)
        {
            result!.AsObject().Remove("seconds");
        }

        return results.ToString();
    }
}

using System.Text.Json.Nodes;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Runs;

/// <summary>ADR Table 1 on samples of which the direction of every difference is known.</summary>
public sealed class BenchmarkClaimsTests : IDisposable
{
    private const int Documents = 200;
    private const int StartRight = 100;

    private static readonly string[] Choices =
    [
        "c3_ppl", "mmlu_anatomy", "ceval-valid_accountant", "commonsense_qa", "race", "arc_challenge",
        "arc_easy", "hellaswag", "winogrande",
    ];

    private static readonly string[] Written = ["bbh_zeroshot_boolean_expressions", "gsm8k", "humaneval"];
    private static readonly string[] MethodNames = ["dpo", "adpo", "ppo", "appo", "rs", "ars"];

    private readonly SyntheticRuns _runs = new();

    public BenchmarkClaimsTests()
    {
        _runs.Add("o", "adr/orm", weights: 15_200_000_000);
        Samples("base-evaluation", _ => StartRight);
    }

    public void Dispose() => _runs.Dispose();

    // Table 1 prints ARS above the start on MMLU (0.7010 and 0.6627) and RS below it on GSM8K (0.8454 and 0.8840).
    [Theory]
    [InlineData(160, 40, 3, Verdict.Holds, "2 point as printed, 0 the other way")]
    [InlineData(40, 160, 3, Verdict.Contradicted, "0 point as printed, 2 the other way")]
    [InlineData(101, 99, 3, Verdict.Inconclusive, "0 point as printed, 0 the other way")]
    [InlineData(160, 40, 1, Verdict.Qualified, "2 point as printed, 0 the other way")]
    [InlineData(40, 160, 1, Verdict.Inconclusive, "0 point as printed, 2 the other way")]
    public void Differences_told_from_chance_must_point_as_printed(int mmlu, int gsm8k, int seeds, Verdict expected, string said)
    {
        Methods(mmlu, gsm8k, seeds);
        var result = _runs.Verify("ADR-FULL-T1");
        result.Error.Should().BeNull();
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
        result.Evidence!.Explanation.Should().Contain(said).And.Contain("Of 72 differences");
    }

    [Fact]
    public void A_run_that_points_the_other_way_leaves_a_cell_to_chance()
    {
        Methods(160, 40, 3);
        Samples("ars2-evaluation", task => task == "mmlu_anatomy" ? 40 : StartRight);
        _runs.Verify("ADR-FULL-T1").Evidence!.Explanation.Should().Contain("1 point as printed, 0 the other way");
    }

    [Theory]
    [InlineData(160, 40, Verdict.Qualified)]
    [InlineData(40, 160, Verdict.Inconclusive)]
    public void Other_settings_and_worked_examples_qualify_and_cannot_contradict(int mmlu, int gsm8k, Verdict expected)
    {
        Methods(mmlu, gsm8k, 3, "optimizer.learning_rate=1e-3");
        var results = _runs.File("rs1-evaluation/bench/results.json");
        File.WriteAllText(results, File.ReadAllText(results).Replace("\"gsm8k\":0", "\"gsm8k\":8", StringComparison.Ordinal));
        File.Delete(_runs.File("ppo1-evaluation/bench/results.json"));
        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(expected, result.Evidence!.Explanation);
        result.Evidence.Findings.Should().Contain(
            finding => finding.Name == "worked examples of rs1" && finding.Detail == "gsm8k 8 instead of 0")
            .And.Contain(finding => finding.Detail.Contains("humaneval not recorded instead of 3", StringComparison.Ordinal))
            .And.Contain(finding => finding.Detail.Contains("optimizer.learning_rate 0.001 instead of", StringComparison.Ordinal));
    }

    /// <summary>What the paper withholds is said once, as the paper's, and qualifies what else would hold.</summary>
    [Fact]
    public void Worked_examples_that_the_paper_does_not_publish_are_not_held_against_a_run()
    {
        Methods(160, 40, 3);
        foreach (var results in Directory.GetFiles(_runs.File("."), "results.json", SearchOption.AllDirectories))
        {
            File.WriteAllText(results, File.ReadAllText(results).Replace("\"humaneval\":3", "\"humaneval\":0", StringComparison.Ordinal));
        }

        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(Verdict.Qualified, result.Evidence!.Explanation);
        result.Evidence.Findings.Where(finding => finding.Name.StartsWith("worked examples", StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().Match<Finding>(finding => finding.Name == "worked examples of HumanEval"
                && finding.Detail == "the paper says 3 and does not publish them; neither harness has any, so the runs have none");
    }

    /// <summary>The folder of a model and names with the time of the run, as lm-eval writes them; of two times each samples have their
    /// own results.</summary>
    [Fact]
    public void Folders_of_lm_eval_belong_to_the_run_above_them()
    {
        Methods(160, 40, 3);
        var bench = _runs.File("ars1-evaluation/bench");
        var folder = _runs.File("ars1-evaluation/out/runs__ars1__final");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(bench, "samples_*"))
        {
            File.Move(file, Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}_2026-01-01T00-00-00.123456.jsonl"));
        }

        var results = File.ReadAllText(Path.Combine(bench, "results.json"));
        File.Delete(Path.Combine(bench, "results.json"));
        File.WriteAllText(Path.Combine(folder, "results_2026-01-01T00-00-00.123456.json"), results);
        File.WriteAllText(Path.Combine(folder, "results_2025-12-31T00-00-00.000001.json"),
            results.Replace("\"gsm8k\":0", "\"gsm8k\":8", StringComparison.Ordinal));
        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(Verdict.Holds, result.Evidence!.Explanation);
    }

    /// <summary>The subsets of one benchmark are one row; a second way to ask its documents would count them twice.</summary>
    [Fact]
    public void Two_ways_to_ask_one_row_are_refused()
    {
        Methods(160, 40, 3);
        var bench = _runs.File("dpo1-evaluation/bench");
        File.Copy(Path.Combine(bench, "samples_gsm8k.jsonl"), Path.Combine(bench, "samples_gsm8k_cot_zeroshot.jsonl"));
        File.Copy(Path.Combine(bench, "samples_mmlu_anatomy.jsonl"), Path.Combine(bench, "samples_mmlu_virology.jsonl"));
        _runs.Verify("ADR-FULL-T1").Error.Should().Contain("gsm8k and gsm8k_cot_zeroshot by dpo1 are two ways to ask GSM8K");
    }

    [Fact]
    public void Samples_belong_to_the_run_whose_weights_gave_them()
    {
        Methods(160, 40, 3);
        Directory.Move(_runs.File("ars2-evaluation"), _runs.File("somewhere"));
        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(Verdict.Holds, result.Evidence?.Explanation ?? result.Error);
        File.WriteAllText(_runs.File("rs1/final/model.safetensors"), "trained on");
        _runs.Verify("ADR-FULL-T1").Error.Should().Contain("rs1-evaluation").And.Contain("lies with the run rs1");
    }

    [Fact]
    public void Missing_benchmarks_are_named_with_their_command()
    {
        _runs.Add("x", "adr/ppo", weights: 15_200_000_000);
        Samples("x-evaluation", _ => StartRight);
        File.Delete(_runs.File("x-evaluation/bench/samples_gsm8k.jsonl"));
        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("samples_*.jsonl of ppo on GSM8K; made by: repro bench run gsm8k --num-fewshot 0")
            .And.Contain("samples_*.jsonl of dpo, adpo, appo, rs, ars on C-Eval").And.Contain("repro train configs/adr/ars.yaml")
            .And.NotContain("of base");

        _runs.Add("y", "adr/dpo", weights: 15_200_000_000);
        Samples("y-evaluation", _ => StartRight);
        File.Delete(_runs.File("y-evaluation/bench/samples_gsm8k.jsonl"));
        _runs.Verify("ADR-FULL-T1").Evidence!.Explanation.Should().Contain("samples_*.jsonl of dpo, ppo on GSM8K; made by: for each of "
            + $"y, x as RUN repro bench run gsm8k --num-fewshot 0 --data BENCHMARKS --model {_runs.Folder}/RUN", "once for both");
    }

    private void Methods(int mmlu, int gsm8k, int seeds, string? set = null)
    {
        foreach (var method in MethodNames)
        {
            for (var seed = 1; seed <= seeds; seed++)
            {
                var name = Invariant($"{method}{seed}");
                _runs.Add(name, $"adr/{method}", [Invariant($"seed={seed}"), .. new[] { set }.OfType<string>()], weights: 15_200_000_000);
                Samples($"{name}-evaluation", task => (method, task) switch
                {
                    ("ars", "mmlu_anatomy") => mmlu,
                    ("rs", "gsm8k") => gsm8k,
                    _ => StartRight,
                });
            }
        }
    }

    // As bench run writes them, and in the form of lm-eval how many worked examples there were.
    private void Samples(string folder, Func<string, int> right)
    {
        Directory.CreateDirectory(_runs.File($"{folder}/bench"));
        string[] tasks = [.. Choices, .. Written];
        foreach (var task in tasks)
        {
            var samples = Enumerable.Range(0, Documents).Select(i => Sample(i, i < right(task), Choices.Contains(task)));
            BenchmarkSamples.Write(_runs.File($"{folder}/bench/samples_{task}.jsonl"), samples);
        }

        var shots = new JsonObject(tasks.Select(task => KeyValuePair.Create(
            task, (JsonNode?)(task == "humaneval" ? 3 : task.StartsWith("ceval", StringComparison.Ordinal) ? 5 : 0))));
        File.WriteAllText(_runs.File($"{folder}/bench/results.json"), new JsonObject
        {
            ["n-shot"] = shots,
            ["generated_by"] = _runs.Made(folder[..^"-evaluation".Length]),
        }.ToJsonString());
    }

    private static BenchmarkSample Sample(int i, bool isRight, bool choice) => new()
    {
        DocId = i,
        Doc = new JsonObject { ["id"] = i, ["answer"] = 0 },
        Target = "0",
        Requests = choice ? [new(Invariant($"Question {i}:"), " yes"), new(Invariant($"Question {i}:"), " no")]
            : [new(Invariant($"Question {i}:"), null)],
        Choices = choice ? [new(-2, false), new(isRight ? -3 : -1, false)] : [],
        Responses = choice ? [] : ["x"],
        Filtered = choice ? [] : [isRight ? "0" : "1"],
        Scores = choice ? new Dictionary<string, double>() : new Dictionary<string, double> { ["pass@1"] = isRight ? 1 : 0 },
        DocHash = Invariant($"hash {i}"),
    };
}

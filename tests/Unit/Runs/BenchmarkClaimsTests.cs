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
    private static readonly string[] Methods = ["dpo", "adpo", "ppo", "appo", "rs", "ars"];

    private readonly SyntheticRuns _runs = new();

    public BenchmarkClaimsTests()
    {
        _runs.Add("o", "adr/orm", weights: 15_200_000_000);
        Samples("base-evaluation", _ => StartRight);
    }

    public void Dispose() => _runs.Dispose();

    // Table 1 prints ARS above the start on MMLU (0.7010 and 0.6627) and RS below it on GSM8K (0.8454 and 0.8840).
    [Theory]
    [InlineData(160, 40, Verdict.Qualified, "2 point as printed, 0 the other way")]
    [InlineData(40, 160, Verdict.Inconclusive, "0 point as printed, 2 the other way")]
    [InlineData(101, 99, Verdict.Inconclusive, "0 point as printed, 0 the other way")]
    public void Differences_told_from_chance_must_point_as_printed(int mmlu, int gsm8k, Verdict expected, string said)
    {
        foreach (var method in Methods)
        {
            _runs.Add(method, $"adr/{method}", weights: 15_200_000_000);
            Samples($"{method}-evaluation", task => (method, task) switch
            {
                ("ars", "mmlu_anatomy") => mmlu,
                ("rs", "gsm8k") => gsm8k,
                _ => StartRight,
            });
        }

        var result = _runs.Verify("ADR-FULL-T1");
        result.Error.Should().BeNull();
        result.Verdict.Should().Be(expected);
        result.Evidence!.Explanation.Should().Contain(said).And.Contain("Of 72 differences");
    }

    [Fact]
    public void Missing_benchmarks_are_named_with_their_command()
    {
        _runs.Add("x", "adr/ppo", weights: 15_200_000_000);
        Samples("x-evaluation", _ => StartRight);
        File.Delete(_runs.File("x-evaluation/bench/samples_gsm8k.jsonl"));
        var result = _runs.Verify("ADR-FULL-T1");
        result.Verdict.Should().Be(Verdict.NotRun);
        result.Evidence!.Explanation.Should().Contain("samples of ppo on GSM8K")
            .And.Contain("repro bench run gsm8k --num-fewshot 0 --data BENCHMARKS")
            .And.Contain("repro train configs/adr/ars.yaml").And.NotContain("samples of base");
    }

    private void Samples(string folder, Func<string, int> right)
    {
        Directory.CreateDirectory(_runs.File($"{folder}/bench"));
        foreach (var task in Choices.Concat(Written))
        {
            var samples = Enumerable.Range(0, Documents).Select(i => Sample(i, i < right(task), Choices.Contains(task)));
            BenchmarkSamples.Write(_runs.File($"{folder}/bench/samples_{task}.jsonl"), samples);
        }
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

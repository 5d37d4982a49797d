using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.Cli;

/// <summary>Folders as lm-eval 0.4 writes them with <c>--log_samples --output_path</c>: one of the model, in it samples and results with
/// the time of the run, log-likelihoods as texts, a file for each task of a group and a line for each filter.</summary>
public sealed class LmEvalFolderTests : IDisposable
{
    private const string First = "2026-01-01T00-00-00.123456";
    private const string Second = "2026-01-02T00-00-00.000001";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Log-likelihoods -1 and -2: the first choice, right for documents 0 and 2 of three.</summary>
    [Fact]
    public void Ranked_choices_of_a_group_are_scored_task_by_task_and_together()
    {
        Write(First, "mmlu_anatomy", Ranked(3, "0", "1", "0"));
        Write(First, "mmlu_virology", Ranked(1, "0"));
        Results(First, null, ("mmlu_anatomy", 5), ("mmlu_virology", 5));
        var (code, output, error) = SmallWorld.Try("bench", "score", _folder.Path);
        code.Should().Be(0, error);
        error.Should().BeEmpty();
        Cells(output, "mmlu_anatomy").Should().Equal("mmlu_anatomy", "1.0", "acc,none", "0.6667", "0.3333", "3");
        Cells(output, "mmlu (2 of 57 tasks)")[3].Should().StartWith("0.7500 (mean of tasks 0.8333)");
    }

    [Fact]
    public void A_line_for_each_filter_is_a_score_for_each_filter()
    {
        Write(First, "gsm8k", Written(0, "strict-match", "[invalid]", 0), Written(1, "strict-match", "4", 1),
            Written(0, "flexible-extract", "4", 1), Written(1, "flexible-extract", "4", 1));
        Results(First, null, ("gsm8k", 5));
        var (code, output, error) = SmallWorld.Try("bench", "score", _folder.Path);
        code.Should().Be(0, error);
        output.Should().MatchRegex(@"strict-match\t0.5000").And.MatchRegex(@"flexible-extract\t1.0000");
        error.Should().Contain("gsm8k: strict-match found no answer in 1 responses, which count as wrong")
            .And.Contain("gsm8k: 2 documents, the published split has 1319");
    }

    /// <summary>lm-eval's file does not name the type of the numbers, ours does: what one side has not recorded is no difference.</summary>
    [Fact]
    public void Two_sides_that_were_not_asked_alike_are_said()
    {
        var lmEval = Write(First, "arc_easy", Ranked(2, "0", "1"));
        Results(First, "2.0", ("arc_easy", 5));
        Diff("""{"profile": "lm-eval", "dtype": "float32", "limit": 2, "tasks": {"arc_easy": {"num_fewshot": 5}}}""", lmEval).Should()
            .NotContain("note:");
        Diff("""{"profile": "lm-eval", "limit": null, "tasks": {"arc_easy": {"num_fewshot": 0}}}""", lmEval).Should()
            .Contain("note: arc_easy: the two sides were not asked alike: num_fewshot is 5 in A and 0 in B, ")
            .And.Contain("limit is 2 in A and not set in B");
    }

    [Theory]
    [InlineData("2.0")]
    [InlineData("0.5")]
    public void A_limited_run_is_said(string limit)
    {
        Write(First, "arc_easy", Ranked(2, "0", "1"));
        Results(First, limit, ("arc_easy", 0));
        SmallWorld.Try("bench", "score", _folder.Path).Error.Should()
            .Be("note: arc_easy: the run was limited to the first 2 documents" + Environment.NewLine);
    }

    [Fact]
    public void Several_runs_of_a_task_in_one_folder_are_refused_by_name_and_each_has_its_own_results()
    {
        Write(First, "arc_easy", Ranked(2, "0", "1"));
        Results(First, null, ("arc_easy", 0));
        var second = Write(Second, "arc_easy", Ranked(1, "0"));
        Results(Second, "1", ("arc_easy", 0));
        var (code, _, error) = SmallWorld.Try("bench", "score", _folder.Path);
        code.Should().Be(1);
        error.Should().Contain("has samples of arc_easy more than once").And.Contain($"samples_arc_easy_{First}.jsonl and ")
            .And.Contain($"samples_arc_easy_{Second}.jsonl; name the file");
        SmallWorld.Try("bench", "score", second).Error.Should().Contain("limited to the first 1 documents");
    }

    /// <summary>Several tries of one program, as lm-eval's <c>repeats</c>, with the scores that it logs.</summary>
    [Fact]
    public void Repeats_of_programs_keep_the_scores_that_are_logged()
    {
        JsonObject Problem(int doc, double one, double two)
        {
            var line = Line(doc, "check", new JsonArray(new JsonObject { ["arg_0"] = "def f():", ["arg_1"] = new JsonObject() }));
            (line["resps"], line["filtered_resps"]) = (JsonNode.Parse("""[["a","b"]]"""), JsonNode.Parse("""[["f a","f b"]]"""));
            (line["filter"], line["pass@1"], line["pass@2"]) = ("create_test", one, two);
            return line;
        }

        Write(First, "humaneval", Problem(0, 0.5, 1), Problem(1, 0, 0));
        var (code, output, error) = SmallWorld.Try("bench", "score", _folder.Path);
        code.Should().Be(0, error);
        output.Should().MatchRegex(@"pass@1,create_test\t0.2500").And.MatchRegex(@"pass@2,create_test\t0.5000");
    }

    /// <summary>The results say whose prompts they are: those of OpenCompass are written and have no log-likelihoods.</summary>
    [Fact]
    public void Samples_of_another_profile_are_scored_by_the_profile_that_the_results_name()
    {
        _folder.Write("samples_mmlu_anatomy.jsonl", Written(0, "answer_pattern", "B", 1, "B").ToJsonString() + "\n");
        _folder.Write("results.json", """{"profile": "opencompass", "limit": null, "tasks": {"mmlu_anatomy": {"num_fewshot": 0}}}""");
        var (code, output, error) = SmallWorld.Try("bench", "score", _folder.Path);
        code.Should().Be(0, error);
        output.Should().MatchRegex(@"exact_match,answer_pattern\t1.0000");
    }

    [Theory]
    [InlineData("{", "1: is not valid JSON, and results of benchmarks were expected: ")]
    [InlineData("""{"n-shot": {"arc_easy": "five"}}""", " cannot be read as results of benchmarks")]
    public void Damaged_results_are_named(string results, string complaint)
    {
        Write(First, "arc_easy", Ranked(1, "0"));
        _folder.Write($"org__model/results_{First}.json", results);
        SmallWorld.Try("bench", "score", _folder.Path).Error.Should().Contain($"results_{First}.json:{complaint}");
    }

    public void Dispose() => _folder.Dispose();

    private static JsonObject[] Ranked(int documents, params string[] targets) => [.. Enumerable.Range(0, documents).Select(doc =>
    {
        var line = Line(doc, targets[doc], new JsonArray([.. new[] { " A", " B" }.Select(letter =>
            new JsonObject { ["arg_0"] = Invariant($"Question {doc}\nAnswer:"), ["arg_1"] = letter })]));
        line["resps"] = JsonNode.Parse("""[[["-1.0","True"]],[["-2.0","False"]]]""");
        line["filtered_resps"] = JsonNode.Parse("""[["-1.0","True"],["-2.0","False"]]""");
        (line["filter"], line["metrics"], line["acc"]) = ("none", new JsonArray("acc"), targets[doc] == "0" ? 1.0 : 0.0);
        return line;
    })];

    private static JsonObject Written(int doc, string filter, string answer, double score, string target = "It is 4.\n#### 4")
    {
        var line = Line(doc, target, new JsonArray(new JsonObject
        {
            ["arg_0"] = Invariant($"Question {doc}\nAnswer:"),
            ["arg_1"] = new JsonObject { ["until"] = new JsonArray("Question:"), ["do_sample"] = false },
        }));
        line["resps"] = new JsonArray(new JsonArray("So 4."));
        (line["filtered_resps"], line["filter"]) = (new JsonArray(answer), filter);
        (line["metrics"], line["exact_match"]) = (new JsonArray("exact_match"), score);
        return line;
    }

    private static JsonObject Line(int doc, string target, JsonArray requests) => new()
    {
        ["doc_id"] = doc,
        ["doc"] = new JsonObject { ["question"] = Invariant($"Question {doc}"), ["part"] = new JsonObject { ["list"] = new JsonArray(1) } },
        ["target"] = target,
        ["arguments"] = new JsonObject([.. requests.Select((request, i) =>
            KeyValuePair.Create(Invariant($"gen_args_{i}"), request?.DeepClone()))]),
        ["doc_hash"] = Invariant($"d{doc}"),
        ["prompt_hash"] = "p",
        ["target_hash"] = "t",
    };

    // Against the same samples with results of ours beside them.
    private string Diff(string results, string lmEval)
    {
        _folder.Write("ours/results.json", results);
        File.Copy(lmEval, Path.Combine(_folder.Path, "ours", "samples_arc_easy.jsonl"), overwrite: true);
        var (code, output, error) = SmallWorld.Try("bench", "diff", lmEval, Path.Combine(_folder.Path, "ours"));
        code.Should().Be(0, error);
        return output;
    }

    private static string[] Cells(string table, string first) => [.. table.Split('\n').Single(line =>
        line.StartsWith($"{first}\t", StringComparison.Ordinal)).TrimEnd().Split('\t')];

    private string Write(string date, string task, params JsonObject[] lines) => _folder.Write(
        $"org__model/samples_{task}_{date}.jsonl", string.Concat(lines.Select(line => line.ToJsonString() + "\n")));

    private void Results(string date, string? limit, params (string Task, int Shots)[] tasks) => _folder.Write(
        $"org__model/results_{date}.json", new JsonObject
        {
            ["results"] = new JsonObject(tasks.Select(task => KeyValuePair.Create(task.Task, (JsonNode?)new JsonObject()))),
            ["n-shot"] = new JsonObject(tasks.Select(task => KeyValuePair.Create(task.Task, (JsonNode?)task.Shots))),
            ["config"] = new JsonObject { ["limit"] = limit is null ? null : double.Parse(limit, CultureInfo.InvariantCulture) },
        }.ToJsonString());
}

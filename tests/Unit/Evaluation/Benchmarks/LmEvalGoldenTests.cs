using System.Text.Json;
using FluentAssertions.Execution;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Randomness;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Prompts, hashes, scores and filters of lm-eval, run by its own program on the published files.</summary>
[Trait("Suite", "Goldens")]
public sealed class LmEvalGoldenTests
{
    private const double Exact = 1e-12;

    [PublishedDataFact]
    public void Every_hash_of_the_list_of_requests_is_ours()
    {
        using var all = new AssertionScope();
        var rows = GoldenFiles.Table("lm-eval-reference", "requests.sha256.csv");
        rows.Should().NotBeEmpty();
        foreach (var row in rows)
        {
            var task = GoldenFiles.Load(row["task"], int.Parse(row["num_fewshot"], null), int.Parse(row["docs"], null));
            var (hash, requests) = RequestHash.Compute(task);
            (task.Documents.Count, requests, hash).Should().Be(
                (int.Parse(row["docs"], null), int.Parse(row["requests"], null), row["sha256"]), row["task"]);
        }
    }

    [PublishedDataFact]
    public void Prompts_continuations_targets_and_hash_of_each_golden_task_are_ours()
    {
        using var all = new AssertionScope();
        var tasks = GoldenFiles.Tasks().ToList();
        tasks.Should().NotBeEmpty();
        foreach (var (file, golden) in tasks)
        {
            var task = Load(golden);
            var (hash, requests) = RequestHash.Compute(task);
            hash.Should().Be(golden.GetProperty("requests_sha256").GetString(), file);
            requests.Should().Be(golden.GetProperty("requests").GetInt32(), file);
            var ours = task.Requests().Take(100).ToList();
            foreach (var document in golden.GetProperty("first_docs").EnumerateArray())
            {
                var place = document.GetProperty("doc").GetInt32();
                ours[place].Select(request => (request.Context, request.Continuation)).Should().Equal(Requests(document), file);
                Targets(task, task.Documents[place]).Should().Contain(document.GetProperty("target").ToString(), file);
            }
        }
    }

    [PublishedDataFact]
    public void Scores_and_errors_of_seeded_random_log_likelihoods_are_lm_evals()
    {
        using var all = new AssertionScope();
        var compared = 0;
        foreach (var (file, golden) in GoldenFiles.Tasks().Where(entry => entry.Golden.TryGetProperty("random_scores", out _)))
        {
            var task = Load(golden);
            var random = new PythonRandom(42L);
            var drawn = task.Documents.Select(document => document.Choices.Select(_ => -10 * random.NextDouble()).ToArray()).ToList();
            foreach (var document in golden.GetProperty("first_docs").EnumerateArray())
            {
                var place = document.GetProperty("doc").GetInt32();
                drawn[place].Should().Equal(
                    document.GetProperty("log_likelihoods").EnumerateArray().Select(value => value.GetDouble()), file);
                foreach (var metric in document.GetProperty("metrics").EnumerateObject())
                {
                    Score(metric.Name, task, task.Documents[place], drawn[place]).Should()
                        .Be(metric.Value.GetDouble(), $"{file} {metric.Name}");
                }
            }

            foreach (var metric in golden.GetProperty("random_scores").EnumerateObject())
            {
                var score = BenchmarkScores.Mean([.. task.Documents.Zip(drawn, (document, values) =>
                    Score(metric.Name, task, document, values))]);
                score.Mean.Should().BeApproximately(metric.Value.GetProperty("mean").GetDouble(), Exact, $"{file} {metric.Name}");
                score.StandardError.Should().BeApproximately(
                    metric.Value.GetProperty("stderr").GetDouble(), Exact, $"{file} {metric.Name}");
                compared++;
            }
        }

        compared.Should().BePositive();
    }

    [PublishedDataFact]
    public void Filters_and_exact_match_give_what_lm_eval_gives()
    {
        using var all = new AssertionScope();
        var golden = GoldenFiles.Json("lm-eval-reference", "filters.json");
        golden.EnumerateObject().Should().NotBeEmpty();
        foreach (var entry in golden.EnumerateObject())
        {
            var (settings, subset) = BenchmarkLibrary.Find(entry.Name);
            var filters = (subset is null ? null : settings.Subsets[subset].FilterList) ?? settings.FilterList;
            filters.Keys.Should().BeEquivalentTo(
                entry.Value.GetProperty("filters").EnumerateObject().Select(filter => filter.Name), entry.Name);
            foreach (var filter in entry.Value.GetProperty("filters").EnumerateObject())
            {
                foreach (var (row, input, target) in FilterRows(golden, entry.Name, entry.Value, filter.Value))
                {
                    var fields = new Dictionary<string, string> { ["input"] = input };
                    var response = row.GetProperty("response").GetString()!;
                    var answer = filters[filter.Name].Aggregate(response, (text, step) => step.Apply(text, fields));
                    answer.Should().Be(row.GetProperty("filtered").GetString(), $"{entry.Name} {filter.Name} '{response}'");
                    BenchmarkScores.ExactMatch(answer, target, settings.ExactMatch).Should()
                        .Be(row.GetProperty("score").GetProperty("exact_match").GetDouble(), $"{entry.Name} {filter.Name} '{response}'");
                }
            }
        }
    }

    // GSM8K has one question for all its rows; BBH several, of which a row's target tells its own.
    private static IEnumerable<(JsonElement Row, string Input, string Target)> FilterRows(
        JsonElement golden, string name, JsonElement task, JsonElement rows)
    {
        var list = rows.EnumerateArray().ToList();
        var inputs = task.TryGetProperty("inputs", out var own) ? own.EnumerateArray().Select(text => text.GetString()!).ToList()
            : [string.Empty];
        var gold = (task.TryGetProperty("gold", out var answer) ? answer : golden.GetProperty("gsm8k").GetProperty("gold")).GetString()!;
        var documents = inputs.Count == 1 ? [] : Inputs(name, inputs);
        return list.Select(row => row.TryGetProperty("target", out var target)
            ? (row, documents.GetValueOrDefault(target.GetString()!, inputs[0]), target.GetString()!) : (row, inputs[0], gold));
    }

    // The first input of each target.
    private static Dictionary<string, string> Inputs(string name, List<string> inputs)
    {
        var (settings, subset) = BenchmarkLibrary.Find(name);
        var task = BenchmarkTask.Load(settings, subset, DataFolder.Root);
        return task.Documents.Where(document => inputs.Contains(document.Fields["input"])).GroupBy(task.Target)
            .ToDictionary(group => group.Key, group => group.First().Fields["input"]);
    }

    private static BenchmarkTask Load(JsonElement golden) => GoldenFiles.Load(
        golden.GetProperty("task").GetString()!, golden.GetProperty("num_fewshot").GetInt32(), golden.GetProperty("docs").GetInt32());

    // lm-eval names the right choice by its index, its letter or its text, by task.
    private static IEnumerable<string> Targets(BenchmarkTask task, BenchmarkDocument document) =>
        document.Answer is { } answer ? [task.Target(document), Invariant($"{answer}")] : [task.Target(document)];

    private static IEnumerable<(string, string?)> Requests(JsonElement document) => document.TryGetProperty("requests", out var requests)
        ? requests.EnumerateArray().Select(pair => (pair[0].GetString()!, pair[1].GetString()))
        : [(document.GetProperty("context").GetString()!, null)];

    private static double Score(
        string metric, BenchmarkTask task, BenchmarkDocument document, IReadOnlyList<double> values) => metric switch
        {
            "acc" => BenchmarkScores.Acc(values, document.Answer!.Value),
            "acc_norm" => BenchmarkScores.AccNorm(values, task.ChoiceTexts(document), document.Answer!.Value),
            "acc_bytes" => BenchmarkScores.AccBytes(values, task.ChoiceTexts(document), document.Answer!.Value),
            _ => throw new InvalidDataException($"The goldens have the metric {metric}, which is not compared."),
        };
}

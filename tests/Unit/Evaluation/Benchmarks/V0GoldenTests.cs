using System.Security.Cryptography;
using System.Text;
using FluentAssertions.Execution;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Randomness;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>
/// The hashes and scores that lm-eval keeps of its first version of each task. Prompts were others then, and documents were shuffled, so
/// that they are built here and not in the library: what they prove is the reading of the files, their order, the hash and the scores.
/// </summary>
[Trait("Suite", "Goldens")]
public sealed class V0GoldenTests
{
    private const double Exact = 1e-12;

    [PublishedDataFact]
    public void Hashes_and_scores_that_lm_eval_keeps_of_its_first_tasks_are_ours()
    {
        using var all = new AssertionScope();
        var compared = 0;
        foreach (var row in GoldenFiles.Table("lm-eval-reference", "v0_golden.csv").Where(row => row["reproduced_here"] != "no"))
        {
            var task = row["task"];
            var documents = task == "hellaswag" ? HellaSwagFacts() : Documents(task);
            new PythonRandom(42L).Shuffle(documents);
            if (task != "hellaswag")
            {
                Hash(documents).Should().Be(row["requests_sha256"], task);
            }

            CompareScores(row, documents);
            compared++;
        }

        compared.Should().BePositive();
    }

    private static void CompareScores(Dictionary<string, string> row, List<V0Document> documents)
    {
        var random = new PythonRandom(42L);
        var drawn = documents.Select(document => document.Lengths.Select(_ => -random.NextDouble()).ToArray()).ToList();
        Compare(row, "acc", [.. documents.Zip(drawn, (document, values) => Right(values, document.Answer))]);
        Compare(row, "acc_norm", [.. documents.Zip(drawn, (document, values) =>
            Right([.. values.Zip(document.Lengths, (value, length) => value / length)], document.Answer))]);
    }

    private static void Compare(Dictionary<string, string> row, string metric, double[] scores)
    {
        if (GoldenFiles.Number(row, metric) is { } mean)
        {
            var score = BenchmarkScores.Mean(scores);
            score.Mean.Should().BeApproximately(mean, Exact, row["task"]);
            score.StandardError.Should().BeApproximately(GoldenFiles.Number(row, metric + "_stderr")!.Value, Exact, row["task"]);
        }
    }

    // A task that generates had no choices; its score was 0 for the response "lol".
    private static double Right(double[] values, int answer) => values.Length == 0 ? 0 : BenchmarkScores.Acc(values, answer);

    private static string Hash(List<V0Document> documents)
    {
        var json = "[" + string.Join(", ", documents.SelectMany(document => document.Requests)
            .Select(request => $"[{PythonJson.Text(request.Context)}, {request.Asked}]")) + "]";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(json)));
    }

    private static List<V0Document> Documents(string task)
    {
        const string Mmlu = "hendrycksTest-";
        if (task.StartsWith(Mmlu, StringComparison.Ordinal))
        {
            var path = DataFolder.Path("mmlu", "test", $"{task[Mmlu.Length..]}_test.csv");
            return [.. BenchmarkDocuments.Read(path, DocumentFormat.Mmlu).Select(document => Choice(MmluPrompt(document), document))];
        }

        var settings = BenchmarkLibrary.Find(task).Settings;
        return [.. BenchmarkDocuments.Read(DataFolder.Path(settings.Data[0]), settings.Format).Select(document => task switch
        {
            "arc_easy" or "arc_challenge" => Choice($"Question: {document.Fields["question"]}\nAnswer:", document),
            "winogrande" => WinoGrande(document),
            "gsm8k" => new V0Document([($"Question: {document.Fields["question"]}\nAnswer:", "[\"\\n\"]")], [], 0),
            _ => throw new InvalidDataException($"The goldens have the first version of {task}, which is not built."),
        })];
    }

    private static string MmluPrompt(BenchmarkDocument document) =>
        $"Question: {document.Fields["question"]}\nChoices:\n"
        + string.Concat(document.Choices.Select((choice, i) => $"{(char)('A' + i)}. {choice}\n")) + "Answer:";

    private static V0Document Choice(string context, BenchmarkDocument document) => new(
        [.. document.Choices.Select(choice => (context, PythonJson.Text(" " + choice)))],
        [.. document.Choices.Select(choice => choice.EnumerateRunes().Count())],
        document.Answer!.Value);

    private static V0Document WinoGrande(BenchmarkDocument document) => new(
        [.. document.Choices.Select(choice => (document.Fields["before"] + choice, PythonJson.Text(" " + document.Fields["after"])))],
        [1, 1],
        document.Answer!.Value);

    // The texts of HellaSwag are too large to lie there; labels and lengths are enough for scores.
    private static List<V0Document> HellaSwagFacts() =>
        [.. GoldenFiles.Table("hellaswag", "hellaswag_val_facts.csv").Select(row => new V0Document(
            [], [.. Enumerable.Range(0, 4).Select(i => int.Parse(row[Invariant($"len{i}")], null))], int.Parse(row["label"], null)))];

    /// <param name="Requests">Context, and what is asked for as JSON.</param>
    /// <param name="Lengths">Characters of each choice.</param>
    /// <param name="Answer">Index of the right choice.</param>
    private sealed record V0Document(IReadOnlyList<(string Context, string Asked)> Requests, IReadOnlyList<int> Lengths, int Answer);
}

using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>ADR Table 1: six methods against the model that training began with, on twelve benchmarks, document by document.</summary>
internal sealed partial class BenchmarkClaims(RunCollection runs) : ISpecGroup
{
    private const string Base = "base";

    private static readonly (string Method, string Column)[] Methods =
        [("dpo", "DPO"), ("adpo", "ADPO"), ("ppo", "PPO"), ("appo", "APPO"), ("rs", "RS"), ("ars", "ARS")];

    // Rows of the table: how the names of their tasks begin, in either harness, and what bench run is told.
    private static readonly (string Row, string[] Tasks, string Name, string Options)[] Benchmarks =
    [
        ("C-Eval", ["ceval"], "ceval-valid", "--num-fewshot 5"),
        ("C3", ["c3"], "c3", "--profile opencompass --num-fewshot 0"),
        ("MMLU", ["mmlu"], "mmlu", "--num-fewshot 0"),
        ("CommonsenseQA", ["commonsense_qa", "commonsenseqa"], "commonsense_qa", "--num-fewshot 0"),
        ("Race", ["race"], "race", "--num-fewshot 0"),
        ("ARC-C", ["arc_challenge", "ARC-c"], "arc_challenge", "--num-fewshot 0"),
        ("ARC-E", ["arc_easy", "ARC-e"], "arc_easy", "--num-fewshot 0"),
        ("BBH", ["bbh"], "bbh_zeroshot", "--num-fewshot 0"),
        ("HellaSwag", ["hellaswag"], "hellaswag", "--num-fewshot 0"),
        ("WindoGrande", ["winogrande"], "winogrande", "--num-fewshot 0"),
        ("GSM8K", ["gsm8k"], "gsm8k", "--num-fewshot 0"),
        ("HumanEval", ["humaneval"], "humaneval", string.Empty),
    ];

    private static readonly string[] Profiles = ["lm-eval", "opencompass"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-FULL-T1", Directions)];

    private Evidence Directions(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var files = Files();
        foreach (var role in Methods.Select(method => method.Method).Prepend(Base))
        {
            Require(evidence, files, role);
        }

        if (evidence.IsMissing)
        {
            return evidence.Explain();
        }

        var table = context.Table("adr/table-1");
        var cells = new List<Cell>();
        foreach (var (method, column) in Methods)
        {
            foreach (var (row, _, _, _) in Benchmarks)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                var printed = Math.Sign(table[row, column].AsTarget() - table[row, "base"].AsTarget());
                cells.Add(Compare(evidence, $"{column} on {row}", files[(method, row)], files[(Base, row)], printed));
            }
        }

        Decide(evidence, cells);
        return evidence.Explain();
    }

    // Files of samples by role and row; a role has one run, and a task one file.
    private Dictionary<(string Role, string Row), List<SampleFile>> Files()
    {
        var files = new Dictionary<(string, string), List<SampleFile>>();
        foreach (var file in runs.Files.Where(file => Name().IsMatch(Path.GetFileName(file))))
        {
            var task = Name().Match(Path.GetFileName(file)).Groups[1].Value;
            var row = Benchmarks.FirstOrDefault(benchmark => Array.Exists(
                benchmark.Tasks, start => task.StartsWith(start, StringComparison.Ordinal))).Row;
            var folder = Path.GetDirectoryName(file)!;
            var found = JudgedPolicies.PolicyOf(runs, runs.Name(folder)) ?? JudgedPolicies.PolicyOf(runs, folder);
            if (row is null || found is not { } policy)
            {
                continue;
            }

            var of = files.TryGetValue((policy.Role, row), out var known) ? known : files[(policy.Role, row)] = [];
            if (of.FirstOrDefault(other => other.Task == task || other.Policy != policy) is { } other)
            {
                throw new InputException($"{other.Path} and {file}: both are samples of {row} by {policy.Role}; keep those that count");
            }

            of.Add(new SampleFile(file, task, policy));
        }

        return files;
    }

    private void Require(RunEvidence evidence, Dictionary<(string Role, string Row), List<SampleFile>> files, string role)
    {
        var missing = Benchmarks.Where(benchmark => !files.ContainsKey((role, benchmark.Row))).ToList();
        if (missing.Count > 0)
        {
            var model = runs.Roles.Runs(role) is [var run, ..] ? run.Folder : $"{runs.Folder}/{role}";
            var train = role == Base || Directory.Exists(model) ? string.Empty : PaperSettings.Command(role, runs.Folder) + " and then ";
            var commands = missing.GroupBy(benchmark => benchmark.Options).Select((group, place) =>
                $"repro bench run {string.Join(' ', group.Select(benchmark => benchmark.Name))} {group.Key}".TrimEnd()
                + Invariant($" --data BENCHMARKS --model {(role == Base ? "MODEL" : model)} --out {model}-evaluation/bench-{place + 1}"));
            evidence.Missing(
                $"samples of {role} on {string.Join(", ", missing.Select(benchmark => benchmark.Row))}",
                train + string.Join("; ", commands));
        }

        foreach (var file in Benchmarks.SelectMany(benchmark => files.GetValueOrDefault((role, benchmark.Row), [])))
        {
            evidence.UseFile(file.Path);
            if (file.Policy.Run is { } run)
            {
                evidence.Use(run, role);
            }
            else if (role != Base)
            {
                evidence.Limit($"settings of {role}", "no run here says how it was trained");
            }
        }
    }

    // Subsets of a benchmark are pooled: each document counts once.
    private static Cell Compare(RunEvidence evidence, string name, List<SampleFile> method, List<SampleFile> start, int printed)
    {
        var (onlyMethod, onlyStart, documents) = (0, 0, 0);
        var unmatched = 0;
        foreach (var file in method)
        {
            if (start.FirstOrDefault(other => other.Task == file.Task) is not { } other)
            {
                evidence.Limit($"task {file.Task}", $"{Base} has no samples of it");
                continue;
            }

            var (score, aligned) = Score(file, other);
            (onlyMethod, onlyStart) = (onlyMethod + score.OnlyFirst, onlyStart + score.OnlySecond);
            (documents, unmatched) = (documents + aligned.Pairs.Count, unmatched + aligned.OnlyFirst + aligned.OnlySecond);
        }

        if (unmatched > 0)
        {
            evidence.Limit($"documents, {name}", Invariant($"{unmatched} samples have no partner"));
        }

        evidence.Builder.Sample(name, documents);
        return new Cell(name, onlyMethod, onlyStart, documents, printed);
    }

    private static (PairedScore Score, AlignedSamples Aligned) Score(SampleFile method, SampleFile start)
    {
        try
        {
            var aligned = BenchmarkComparison.Align(BenchmarkSamples.Read(method.Path), BenchmarkSamples.Read(start.Path));
            return (BenchmarkComparison.Compare(Settings(method), method.Task, aligned.Pairs)[0], aligned);
        }
        catch (ReproException e)
        {
            throw new InputException($"{method.Path} and {start.Path}: {e.Message}", e);
        }
    }

    private static BenchmarkSettings Settings(SampleFile file)
    {
        foreach (var profile in Profiles.SkipLast(1))
        {
            try
            {
                return BenchmarkLibrary.Find(file.Task, profile).Settings;
            }
            catch (ReproException)
            {
                // The last profile says what is wrong with a name that none knows.
            }
        }

        return BenchmarkLibrary.Find(file.Task, Profiles[^1]).Settings;
    }

    // Only cells that are told from chance decide: each must point as the printed one does.
    private static void Decide(RunEvidence evidence, List<Cell> cells)
    {
        const int FewestDocuments = 100;
        var family = Holm.Adjust([.. cells.Select(cell => McNemar.Exact(cell.OnlyMethod, cell.OnlyStart))]);
        var (same, opposite) = (0, 0);
        foreach (var (place, cell) in cells.Index())
        {
            var points = 100.0 * (cell.OnlyMethod - cell.OnlyStart) / Math.Max(1, cell.Documents);
            evidence.Builder.Value(cell.Name, points).PValue($"{cell.Name}, Holm over {cells.Count}", family[place]);
            if (cell.Documents < FewestDocuments)
            {
                evidence.Limit("documents", Invariant($"fewer than {FewestDocuments} of a benchmark"));
            }

            if (family[place] >= VerdictRule.Level)
            {
                continue;
            }

            var agrees = Math.Sign(points) == cell.Printed;
            (same, opposite) = (same + (agrees ? 1 : 0), opposite + (agrees ? 0 : 1));
            evidence.Builder.Judged($"{cell.Name} points as printed", agrees ? Outcome.Agrees : Outcome.Disagrees,
                Invariant($"{cell.OnlyMethod} documents only right with it, {cell.OnlyStart} only before; p = {family[place]:G3}"));
        }

        if (same + opposite == 0)
        {
            evidence.Builder.Undecided("direction", "no difference is told from chance");
        }

        evidence.Limit("seeds", "one run a method");
        evidence.Say(Invariant($"Of {cells.Count} differences from the model before training {same + opposite} are told from chance ")
            + Invariant($"(McNemar, Holm): {same} point as printed, {opposite} the other way."));
    }

    // lm-eval puts the time after the task.
    [GeneratedRegex(@"^samples_(.+?)(?:_\d{4}-\d{2}-\d{2}T[\d\-.:]+)?\.jsonl(?:\.gz|\.zst)?$", RegexOptions.None, 1000)]
    private static partial Regex Name();

    private sealed record SampleFile(string Path, string Task, Policy Policy);

    private sealed record Cell(string Name, int OnlyMethod, int OnlyStart, int Documents, int Printed);
}

using System.Globalization;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>ADR Table 1: six methods against the model that training began with, on twelve benchmarks, document by document.</summary>
internal sealed class BenchmarkClaims(RunCollection runs) : ISpecGroup
{
    private const string Base = "base";

    // The benchmark whose worked examples the paper counts and does not show.
    private const string Unpublished = "HumanEval";

    private static readonly (string Method, string Column)[] Methods =
        [("dpo", "DPO"), ("adpo", "ADPO"), ("ppo", "PPO"), ("appo", "APPO"), ("rs", "RS"), ("ars", "ARS")];

    // Rows of the table: how the names of their tasks begin, in either harness, what bench run is told, and worked examples (Appendix C.2).
    private static readonly (string Row, string[] Tasks, string Name, string Options, int Shots)[] Benchmarks =
    [
        ("C-Eval", ["ceval"], "ceval-valid", "--num-fewshot 5", 5),
        ("C3", ["c3"], "c3", "--profile opencompass --num-fewshot 0", 0),
        ("MMLU", ["mmlu"], "mmlu", "--num-fewshot 0", 0),
        ("CommonsenseQA", ["commonsense_qa", "commonsenseqa"], "commonsense_qa", "--num-fewshot 0", 0),
        ("Race", ["race"], "race", "--num-fewshot 0", 0),
        ("ARC-C", ["arc_challenge", "ARC-c"], "arc_challenge", "--num-fewshot 0", 0),
        ("ARC-E", ["arc_easy", "ARC-e"], "arc_easy", "--num-fewshot 0", 0),
        ("BBH", ["bbh"], "bbh_zeroshot", "--num-fewshot 0", 0),
        ("HellaSwag", ["hellaswag"], "hellaswag", "--num-fewshot 0", 0),
        ("WindoGrande", ["winogrande"], "winogrande", "--num-fewshot 0", 0),
        ("GSM8K", ["gsm8k"], "gsm8k", "--num-fewshot 0", 0),
        (Unpublished, ["humaneval"], "humaneval", string.Empty, 3),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-FULL-T1", Directions)];

    private Evidence Directions(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var files = Files(context.Cancellation);
        Require(evidence, files);

        if (evidence.IsMissing)
        {
            return evidence.Explain();
        }

        var table = context.Table("adr/table-1");
        var cells = new List<Cell>();
        foreach (var (row, _, _, _, _) in Benchmarks)
        {
            // Every method is compared with the same samples, which are large: those of one benchmark are held at a time.
            var starts = new ReadOnce<IReadOnlyList<BenchmarkSample>>(BenchmarkSamples.Read);
            foreach (var (method, column) in Methods)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                var printed = Math.Sign(table[row, column].AsTarget() - table[row, "base"].AsTarget());
                cells.Add(Compare(
                    evidence, $"{column} on {row}", files[(method, row)], files[(Base, row)], printed, starts, context.Cancellation));
            }
        }

        Decide(evidence, cells);
        return evidence.Explain();
    }

    // Files of samples by role and row; a task has one file in each run of a role.
    private Dictionary<(string Role, string Row), List<PolicySamples>> Files(CancellationToken cancellation)
    {
        var files = new Dictionary<(string, string), List<PolicySamples>>();
        foreach (var file in runs.Files.Select(SampleFile.Parse).OfType<SampleFile>())
        {
            var row = Benchmarks.FirstOrDefault(benchmark => Array.Exists(
                benchmark.Tasks, start => file.Task.StartsWith(start, StringComparison.Ordinal))).Row;
            if (row is null || JudgedPolicies.OfFile(runs, file.Path, cancellation) is not var (policy, doubts))
            {
                continue;
            }

            var of = files.TryGetValue((policy.Role, row), out var known) ? known : files[(policy.Role, row)] = [];
            if (of.FirstOrDefault(other => other.Task == file.Task && other.Policy == policy) is { } other)
            {
                throw new ReproException(
                    $"{other.File.Path} and {file.Path}: both are samples of {file.Task} by {policy.Name}; keep those that count");
            }

            var origin = runs.Origins.Of(file.Path, cancellation);
            var own = new PolicySamples(file, origin, SettingsOf(file, origin), policy, doubts);
            if (of.FirstOrDefault(other => other.Policy == policy && other.Benchmark != own.Benchmark) is { } variant)
            {
                throw new ReproException($"{variant.File.Path} and {file.Path}: {variant.Task} and {file.Task} by {policy.Name} are two "
                    + $"ways to ask {row}, whose documents count once; keep those that count");
            }

            of.Add(own);
        }

        return files;
    }

    private void Require(RunEvidence evidence, Dictionary<(string Role, string Row), List<PolicySamples>> files)
    {
        string[] roles = [.. Methods.Select(method => method.Method), Base];
        foreach (var alike in roles.GroupBy(role => (IsBase: role == Base,
            Rows: string.Join(", ", Benchmarks.Select(benchmark => benchmark.Row).Where(row => !files.ContainsKey((role, row)))))))
        {
            if (alike.Key is { Rows: "" })
            {
                continue;
            }

            var rows = alike.Key.Rows.Split(", ");
            if (alike.Key.IsBase)
            {
                evidence.Missing($"samples_*.jsonl of {Base} on {alike.Key.Rows}", Command($"{runs.Folder}/{Base}", "MODEL", rows));
            }
            else
            {
                evidence.MissingOf(
                    [.. alike], names => $"samples_*.jsonl of {names} on {alike.Key.Rows}", folder => Command(folder, folder, rows));
            }
        }

        foreach (var ((role, _), found) in files)
        {
            found.ForEach(file => Use(evidence, role, file));
        }

        foreach (var ofPolicy in files.SelectMany(entry => entry.Value.Select(file => (file, entry.Key.Row)))
            .GroupBy(one => one.file.Policy))
        {
            List<string> differing = [.. ofPolicy.Select(one => ShotDifference(evidence, one.file, one.Row)).OfType<string>()];
            if (differing.Count > 0)
            {
                evidence.Limit($"worked examples of {ofPolicy.Key.Name}", string.Join("; ", differing));
            }
        }
    }

    // Tasks with the same options are run in one call.
    private static string Command(string folder, string model, string[] rows) => string.Join("; ", Benchmarks
        .Where(benchmark => rows.Contains(benchmark.Row)).GroupBy(benchmark => benchmark.Options, benchmark => benchmark.Name)
        .Select((names, place) => $"repro bench run {string.Join(' ', names)} {names.Key}".TrimEnd()
            + Invariant($" --data BENCHMARKS --model {model} --out {folder}-evaluation/bench-{place + 1}")));

    private static void Use(RunEvidence evidence, string role, PolicySamples file)
    {
        evidence.UseFile(file.File.Path);
        evidence.Doubt(file.Doubts);
        if (file.Policy.Run is { } run)
        {
            evidence.Use(run, role);
        }
        else if (role != Base)
        {
            evidence.Limit($"settings of {role}", "no run here says how it was trained");
        }
    }

    // What the paper withholds is no difference of the user's: it limits the claim, once for all runs.
    private static string? ShotDifference(RunEvidence evidence, PolicySamples file, string row)
    {
        var (shots, expected) = (file.Origin.Shots, Benchmarks.First(benchmark => benchmark.Row == row).Shots);
        if (shots == 0 && row == Unpublished)
        {
            evidence.Limit($"worked examples of {Unpublished}", Invariant($"the paper says {expected} and does not publish them; neither ")
                + "harness has any, so the runs have none");
            return null;
        }

        return shots == expected ? null
            : Invariant($"{file.Task} {shots?.ToString(CultureInfo.InvariantCulture) ?? "not recorded"} instead of {expected}");
    }

    // Subsets of a benchmark are pooled: each document counts once in each run.
    private static Cell Compare(
        RunEvidence evidence, string name, List<PolicySamples> method, List<PolicySamples> start, int printed,
        ReadOnce<IReadOnlyList<BenchmarkSample>> starts, CancellationToken cancellation)
    {
        var (found, unmatched) = (new List<Paired>(), 0);
        foreach (var run in method.GroupBy(file => file.Policy))
        {
            var (onlyMethod, onlyStart, documents) = (0, 0, 0);
            foreach (var file in run)
            {
                if (start.FirstOrDefault(other => other.Task == file.Task) is not { } other)
                {
                    evidence.Limit($"task {file.Task}", $"{Base} has no samples of it");
                    continue;
                }

                var (score, aligned) = Score(file, other, starts, cancellation);
                (onlyMethod, onlyStart) = (onlyMethod + score.OnlyFirst, onlyStart + score.OnlySecond);
                (documents, unmatched) = (documents + aligned.Pairs.Count, unmatched + aligned.OnlyFirst + aligned.OnlySecond);
            }

            found.Add(new Paired(onlyMethod, onlyStart, documents));
        }

        if (unmatched > 0)
        {
            evidence.Limit($"documents, {name}", Invariant($"{unmatched} samples have no partner"));
        }

        evidence.Builder.Sample(name, found.Min(run => run.Documents)).Sample($"runs, {name}", found.Count);
        return new Cell(name, found, printed);
    }

    private static (PairedScore Score, AlignedSamples Aligned) Score(
        PolicySamples method, PolicySamples start, ReadOnce<IReadOnlyList<BenchmarkSample>> starts, CancellationToken cancellation)
    {
        try
        {
            var aligned = BenchmarkComparison.Align(
                BenchmarkSamples.Read(method.File.Path, cancellation), starts.Of(start.File.Path, cancellation));
            return (BenchmarkComparison.Compare(method.Settings, method.Task, aligned.Pairs)[0], aligned);
        }
        catch (ReproException e)
        {
            throw new ReproException($"{method.File.Path} and {start.File.Path}: {e.Message}", e);
        }
    }

    // Of the harness that the results beside the samples name, else of the one that has the task.
    private static BenchmarkSettings SettingsOf(SampleFile file, SampleOrigin origin)
    {
        if (origin.Profile is { } profile)
        {
            return BenchmarkLibrary.Find(file.Task, profile).Settings;
        }

        try
        {
            return BenchmarkLibrary.Find(file.Task).Settings;
        }
        catch (ReproException)
        {
            return BenchmarkLibrary.Find(file.Task, "opencompass").Settings;
        }
    }

    // Only cells that are told from chance in every run decide: each must point as the printed one does.
    private static void Decide(RunEvidence evidence, List<Cell> cells)
    {
        const int FewestDocuments = 100;
        var family = Holm.Adjust([.. cells.Select(cell => cell.PValue)]);
        var (same, opposite) = (0, 0);
        foreach (var (place, cell) in cells.Index())
        {
            evidence.Builder.Value(cell.Name, cell.Points).PValue($"{cell.Name}, Holm over {cells.Count}", family[place]);
            if (cell.Runs.Any(run => run.Documents < FewestDocuments))
            {
                evidence.Limit("documents", Invariant($"fewer than {FewestDocuments} of a benchmark"));
            }

            if (family[place] >= VerdictRule.Level)
            {
                continue;
            }

            var agrees = Math.Sign(cell.Points) == cell.Printed;
            (same, opposite) = (same + (agrees ? 1 : 0), opposite + (agrees ? 0 : 1));
            evidence.Builder.Judged($"{cell.Name} points as printed", agrees ? Outcome.Agrees : Outcome.Disagrees,
                Invariant($"{cell.Points:G3} points in {cell.Runs.Count} runs; p = {family[place]:G3}"));
        }

        if (same + opposite == 0)
        {
            evidence.Builder.Undecided("direction", "no difference is told from chance");
        }

        if (cells.Min(cell => cell.Runs.Count) is var fewest && fewest < RunEvidence.EnoughSeeds)
        {
            evidence.Limit("seeds", Invariant($"{fewest} a method instead of at least {RunEvidence.EnoughSeeds}"));
        }

        evidence.Say(Invariant($"Of {cells.Count} differences from the model before training {same + opposite} are told from chance ")
            + Invariant($"(McNemar in every run, Holm): {same} point as printed, {opposite} the other way."));
    }

    private sealed record PolicySamples(
        SampleFile File, SampleOrigin Origin, BenchmarkSettings Settings, Policy Policy, IReadOnlyList<Doubt> Doubts)
    {
        public string Task => File.Task;

        public (string Profile, string Task) Benchmark => (Settings.Profile, Settings.Task);
    }

    private sealed record Paired(int OnlyMethod, int OnlyStart, int Documents)
    {
        public double Points => 100.0 * (OnlyMethod - OnlyStart) / Math.Max(1, Documents);
    }

    private sealed record Cell(string Name, IReadOnlyList<Paired> Runs, int Printed)
    {
        public double Points => Runs.Average(run => run.Points);

        // That of the least certain run; 1 where the runs point to different sides.
        public double PValue => Runs.Select(run => Math.Sign(run.Points)).Distinct().Count() > 1 ? 1
            : Runs.Max(run => McNemar.Exact(run.OnlyMethod, run.OnlyStart));
    }
}

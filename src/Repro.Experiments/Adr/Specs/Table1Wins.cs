using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Table 1 and section 4.2: on how many benchmarks the adaptive variants improve.</summary>
internal sealed class Table1Wins : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-T1-WINS-DPO", c => AgainstPlain(c, "ADPO", "DPO")),
        new("ADR-T1-WINS-PPO", c => AgainstPlain(c, "APPO", "PPO")),
        new("ADR-T1-WINS-RS", c => AgainstPlain(c, "ARS", "RS")),
        new("ADR-T1-BASE", AgainstBase),
    ];

    private static Evidence AgainstPlain(SpecContext context, string adaptive, string plain)
    {
        var table = new BenchmarkTable(context);
        var all = Signs(table, table.Benchmarks, adaptive, plain);
        var distinct = Signs(table, [.. table.Distinct().Select(g => g[0])], adaptive, plain);
        var (p, pDistinct) = (SignTest.TwoSided(all.Plus, all.Minus), SignTest.TwoSided(distinct.Plus, distinct.Minus));
        var family = new TestFamily(
            "the three methods",
            [.. BenchmarkTable.Pairs.Select(pair => Signs(table, table.Benchmarks, pair.Adaptive, pair.Plain))
                .Select(s => SignTest.TwoSided(s.Plus, s.Minus))]);
        var place = BenchmarkTable.Pairs.ToList().FindIndex(pair => pair.Adaptive == adaptive);
        var evidence = context.Evidence()
            .Value("improved", all.Plus)
            .Value("worsened", all.Minus)
            .Value("improved, equal rows counted once", distinct.Plus)
            .Value("worsened, equal rows counted once", distinct.Minus)
            .Sample("benchmarks", all.Total)
            .Sample("benchmarks, equal rows counted once", distinct.Total)
            .PValue("sign test, equal rows counted once", pDistinct)
            .RequireLead($"sign test: {adaptive} improves on {plain}", all.Plus, all.Minus, family, place);
        return evidence.Explain(
            Invariant($"{adaptive} is above {plain} on {all.Plus} of {all.Total} benchmarks (exact sign test p {p:G3}, ")
                + Invariant($"{family.Adjusted[place]:G3} after {family.Correction}), or {distinct.Plus} of {distinct.Total} with rows ")
                + Invariant($"of equal scores counted once (p {pDistinct:G3})."));
    }

    private static Evidence AgainstBase(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var withoutHumanEval = table.Benchmarks.Where(b => b != "HumanEval").ToList();
        var evidence = context.Evidence();
        var parts = new List<string>();
        var family = new TestFamily(
            "the three methods",
            [.. BenchmarkTable.Pairs.Select(pair => Signs(table, table.Benchmarks, pair.Adaptive, "base"))
                .Select(s => SignTest.TwoSided(s.Plus, s.Minus))]);
        foreach (var (place, (adaptive, _)) in BenchmarkTable.Pairs.Index())
        {
            var all = Signs(table, table.Benchmarks, adaptive, "base");
            var rest = Signs(table, withoutHumanEval, adaptive, "base");
            var p = SignTest.TwoSided(all.Plus, all.Minus);
            evidence.Value($"{adaptive} improved", all.Plus)
                .Value($"{adaptive} worsened", all.Minus)
                .Value($"{adaptive} mean gain", 100 * (table.Mean(adaptive, table.Benchmarks) - table.Mean("base", table.Benchmarks)))
                .Value(
                    $"{adaptive} mean gain without HumanEval",
                    100 * (table.Mean(adaptive, withoutHumanEval) - table.Mean("base", withoutHumanEval)))
                .PValue($"sign test, {adaptive} against base without HumanEval", SignTest.TwoSided(rest.Plus, rest.Minus))
                .RequireLead($"sign test, {adaptive} against base", all.Plus, all.Minus, family, place);

            parts.Add(Invariant($"{adaptive} {all.Plus} of {all.Total} (worse on {all.Minus}; exact sign test p {p:G3})"));
        }

        return evidence.Sample("benchmarks", table.Benchmarks.Count)
            .Explain($"Benchmarks above the base model: {string.Join(", ", parts)}.");
    }

    private static (int Plus, int Minus, int Total) Signs(
        BenchmarkTable table, IReadOnlyCollection<string> benchmarks, string first, string second) =>
        (
            benchmarks.Count(b => table.Score(b, first) > table.Score(b, second)),
            benchmarks.Count(b => table.Score(b, first) < table.Score(b, second)),
            benchmarks.Count);
}

/// <summary>ADR Table 1: which of the 36 differences between adaptive and plain methods exceed sampling noise.</summary>
internal sealed class Table1Differences : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-T1-CI", Check)];

    private static Evidence Check(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var sizes = context.Table("adr/test-set-sizes");
        var evidence = context.Evidence();
        var differences = new List<(string Name, double Points, double P, bool Excludes)>();
        foreach (var (adaptive, plain) in BenchmarkTable.Pairs)
        {
            foreach (var benchmark in table.Benchmarks)
            {
                var n = (int)sizes[benchmark, "items"].AsInput();
                var (first, second) = (table.Score(benchmark, adaptive), table.Score(benchmark, plain));
                var interval = TwoProportions.NewcombeFromRates(first, n, second, n);
                var name = $"{benchmark}, {adaptive}-{plain}";
                evidence.Interval(name, 100 * interval.Lower, 100 * interval.Upper, "Newcombe", estimate: 100 * (first - second));
                differences.Add(
                    (name, 100 * (first - second), TwoProportions.ZTestFromRates(first, n, second, n).PValue, !interval.Contains(0)));
            }
        }

        var adjusted = Holm.Adjust([.. differences.Select(d => d.P)]);
        var clear = differences.Where((_, i) => adjusted[i] < 0.05).ToList();
        for (var i = 0; i < differences.Count; i++)
        {
            evidence.Value(differences[i].Name, differences[i].Points)
                .PValue($"two proportions, Holm over {differences.Count}, {differences[i].Name}", adjusted[i]);
        }

        var (better, worse) = (clear.Count(d => d.Points > 0), clear.Count(d => d.Points < 0));
        var uncorrected = differences.Count(d => d.Excludes);
        evidence.Sample("differences", differences.Count)
            .Value("intervals_without_0", uncorrected)
            .Value("clear_after_holm", clear.Count == 0 ? "none" : string.Join("; ", clear.Select(d => d.Name)))
            .Value("clear_gains", better)
            .Value("clear_losses", worse)
            .Require("at least one gain exceeds sampling noise", better > 0)
            .Require("no loss exceeds sampling noise", worse == 0);
        foreach (var benchmark in table.Benchmarks.Where(b => Array.TrueForAll(
            table.ScoresText(b), score => !Grim.IsAttainable(score, (int)sizes[b, "items"].AsInput()))))
        {
            evidence.Reserve($"size of {benchmark}", Invariant($"no score of the row is a whole number of ")
                + Invariant($"{sizes[benchmark, "items"].AsInput()} questions, so that its intervals rest on a size that the row does ")
                + "not show");
        }

        if (2 * better <= differences.Count)
        {
            evidence.Reserve("share", Invariant($"{better} of the {differences.Count} differences are gains beyond sampling noise"));
        }

        var gains = clear.Count == 0 ? "none" : string.Join("; ", clear.Select(d => Invariant($"{d.Name} {d.Points:+0.0;-0.0} points")));
        return evidence.Explain(
            Invariant($"At the public test-set sizes {uncorrected} of the {differences.Count} differences have a 95% interval without 0 ")
                + Invariant($"and {clear.Count} remain after Holm's correction ({gains}); ")
                + "the runs are treated as independent, because paired results are not released.");
    }
}

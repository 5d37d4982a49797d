using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR Table 1: which of the 36 differences between adaptive and plain methods exceed sampling noise.</summary>
public sealed class Table1Differences : ISpecGroup
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
                differences.Add((name, 100 * (first - second), TwoProportions.ZTestFromRates(first, n, second, n).PValue, !interval.Contains(0)));
            }
        }

        var adjusted = Holm.Adjust([.. differences.Select(d => d.P)]);
        var clear = differences.Where((_, i) => adjusted[i] < 0.05).ToList();
        for (var i = 0; i < differences.Count; i++)
        {
            evidence.Value(differences[i].Name, differences[i].Points).PValue($"two proportions, Holm over {differences.Count}, {differences[i].Name}", adjusted[i]);
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
        if (2 * better <= differences.Count)
        {
            evidence.Reserve("share", Invariant($"{better} of the {differences.Count} differences are gains beyond sampling noise"));
        }

        return evidence.Explain(
            Invariant($"At the public test-set sizes {uncorrected} of the {differences.Count} differences have a 95% interval without 0 and {clear.Count} remain after Holm's correction ({(clear.Count == 0 ? "none" : string.Join("; ", clear.Select(d => Invariant($"{d.Name} {d.Points:+0.0;-0.0} points"))))}); the runs are treated as independent, because paired results are not released."));
    }
}

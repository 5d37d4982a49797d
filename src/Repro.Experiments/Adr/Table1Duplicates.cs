using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR Table 1: no two benchmarks should have the same seven scores.</summary>
public sealed class Table1Duplicates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-T1-DUP", Check)];

    private static Evidence Check(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var sizes = context.Table("adr/test-set-sizes");
        var groups = table.Distinct().Where(g => g.Count > 1).ToList();
        var evidence = context.Evidence()
            .Sample("benchmarks", table.Benchmarks.Count)
            .Value("groups_of_equal_rows", groups.Count)
            .Value("equal_rows", groups.Count == 0 ? "none" : string.Join("; ", groups.Select(g => string.Join(" = ", g))))
            .Require("all rows differ", groups.Count == 0);
        var chance = string.Empty;
        foreach (var group in groups)
        {
            // An upper bound for one column: even with equal true accuracies, two independent test sets give the same four decimals only
            // with about the width of a unit times the peak density of the difference of two normal errors.
            var probability = table.Columns.Select(c => SameScore(table.Score(group[0], c), sizes[group[0], "items"].AsInput(), sizes[group[1], "items"].AsInput())).ToList();
            evidence.Value($"largest chance of one equal score, {group[0]} and {group[1]}", probability.Max())
                .Value($"log10 of the chance of all equal if independent, {group[0]} and {group[1]}", probability.Sum(Math.Log10));
            chance = Invariant($" Two test sets of these sizes with equal true accuracy agree in one four-digit score with a chance of at most {probability.Max():G2}.");
        }

        return evidence.Explain($"Rows with the same seven scores: {(groups.Count == 0 ? "none" : string.Join("; ", groups.Select(g => string.Join(" = ", g))))}.{chance}");
    }

    private static double SameScore(double rate, double firstSize, double secondSize)
    {
        var deviation = Math.Sqrt(rate * (1 - rate) * ((1 / firstSize) + (1 / secondSize)));
        return Math.Min(1, Math.Pow(10, -BenchmarkTable.Decimals) / (Math.Sqrt(2 * Math.PI) * deviation));
    }
}

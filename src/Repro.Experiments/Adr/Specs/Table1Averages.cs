using System.Globalization;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Table 1: the row of averages and the gains that abstract, caption and conclusion take from it.</summary>
internal sealed class Table1Averages : ISpecGroup
{
    private const int SmallestSubset = 8;
    private const double SubsetTolerance = 0.0006;
    private const double HalfUnit = 0.00005;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-T1-AVG", Averages),
        new("ADR-T1-GAIN", c => Gain(c, "ADR-T1-GAIN16")),
        new("ADR-T1-GAIN16", c => Gain(c, "ADR-T1-GAIN")),
        new("ADR-T1-DOMINANCE", Dominance),
    ];

    private static Evidence Averages(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var evidence = context.Evidence();
        var pairs = new List<string>();
        foreach (var column in table.Columns)
        {
            var mean = table.Mean(column, table.Benchmarks);
            var printed = table.Cell(BenchmarkTable.Average, column);
            evidence.Compare(column, printed, mean, HalfUnit);
            pairs.Add(Invariant($"{column} {mean:F4} (printed {printed.Text})"));
        }

        var scores = table.Columns.Select(c => table.Benchmarks.Select(b => table.Score(b, c)).ToArray()).ToList();
        var targets = table.Columns.Select(c => table.Cell(BenchmarkTable.Average, c)).ToList();
        var subsets = SubsetMeans.Search(scores, SmallestSubset, (column, mean) => Math.Abs(mean - targets[column].AsTarget()));
        var fitting = subsets.Count(s => s.LargestError <= SubsetTolerance);
        var best = subsets.MinBy(s => s.LargestError)!;
        var bestRows = string.Join(", ", best.Rows.Select(r => table.Benchmarks[r]));
        return evidence
            .Sample("benchmarks", table.Benchmarks.Count)
            .Sample($"subsets of {SmallestSubset} to {table.Benchmarks.Count} benchmarks", subsets.Count)
            .Value("subsets_that_explain_all_averages", fitting)
            .Value("best_subset", bestRows)
            .Value("best_subset_largest_error", best.LargestError)
            .Explain(
                Invariant($"The means of the {table.Benchmarks.Count} printed rows are {string.Join(", ", pairs)}. ")
                    + Invariant($"Of the {subsets.Count} subsets of {SmallestSubset} or more rows, ")
                    + Invariant($"{fitting} give all printed averages within {SubsetTolerance.ToString(CultureInfo.InvariantCulture)}; ")
                    + Invariant($"the best ({bestRows}) misses one by {best.LargestError:F4}."));
    }

    private static Evidence Gain(SpecContext context, string elsewhere)
    {
        var table = new BenchmarkTable(context);
        var printed = context.Printed("value");
        var other = context.Printed(elsewhere, "value");
        var fromPrinted = MeanGain(c => table.Score(BenchmarkTable.Average, c));
        var fromRows = MeanGain(c => table.Mean(c, table.Benchmarks));
        var ofBase = 100 * ((BenchmarkTable.Pairs.Average(pair => table.Score(BenchmarkTable.Average, pair.Adaptive)) / table
            .Score(BenchmarkTable.Average, "base")) - 1);
        var evidence = context.Evidence()
            .CompareUnder(
                "gain", printed, ("points over the plain methods, printed averages", fromPrinted),
                ("percent over the base model, printed averages", ofBase))
            .Value("from_the_rows", fromRows)
            .Value("printed_elsewhere", other.AsInput());
        foreach (var (adaptive, plain) in BenchmarkTable.Pairs)
        {
            evidence.Value(
                $"{adaptive}-{plain}, printed averages",
                100 * (table.Score(BenchmarkTable.Average, adaptive) - table.Score(BenchmarkTable.Average, plain)))
                .Value($"{adaptive}-{plain}, rows", 100 * (table.Mean(adaptive, table.Benchmarks) - table.Mean(plain, table.Benchmarks)));
        }

        if (!Definitions.Gives(fromRows, printed))
        {
            evidence.Reserve(
                "average row",
                Invariant(
                    $"the gain follows from the printed averages ({fromPrinted:F2}); the means of the twelve rows give {fromRows:F2}"));
        }

        return evidence.Explain(Invariant($"Over the three pairs the printed averages differ by {fromPrinted:F2} points on average and ")
            + Invariant($"the means of the twelve rows by {fromRows:F2}; over the base model the printed averages of the adaptive ")
            + Invariant($"variants are {ofBase:F2}% higher; printed is {printed.Text} here and {other.Text} elsewhere, without saying ")
            + "of what.");
    }

    private static Evidence Dominance(SpecContext context)
    {
        const string HumanEval = "HumanEval";
        var table = new BenchmarkTable(context);
        var others = table.Benchmarks.Where(b => b != HumanEval).ToList();
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (adaptive, plain) in BenchmarkTable.Pairs)
        {
            var all = 100 * (table.Mean(adaptive, table.Benchmarks) - table.Mean(plain, table.Benchmarks));
            var without = 100 * (table.Mean(adaptive, others) - table.Mean(plain, others));
            var own = 100 * (table.Score(HumanEval, adaptive) - table.Score(HumanEval, plain)) / table.Benchmarks.Count;
            evidence.Value($"{adaptive}-{plain}", all)
                .Value($"{adaptive}-{plain}, without {HumanEval}", without)
                .Value($"{adaptive}-{plain}, points from {HumanEval}", own)
                .Require($"{adaptive} stays ahead of {plain} without {HumanEval}", without > 0);
            parts.Add(Invariant($"{adaptive} against {plain} {all:F2} points, {own:F2} of them from {HumanEval}, {without:F2} without it"));
            if (all > 0)
            {
                evidence.Value($"{adaptive}-{plain}, share of {HumanEval}", own / all);
                if (2 * own > all)
                {
                    evidence.Reserve($"{adaptive}-{plain}", Invariant($"{HumanEval} alone gives {own:F2} of the {all:F2} points"));
                }
            }
        }

        return evidence.Explain($"Average gain over the twelve rows: {string.Join("; ", parts)}.");
    }

    private static double MeanGain(Func<string, double> average) =>
        100 * BenchmarkTable.Pairs.Average(p => average(p.Adaptive) - average(p.Plain));
}

/// <summary>ADR Table 1 as inputs: twelve benchmarks, the base model and three methods with and without adaptive masks.</summary>
internal sealed class BenchmarkTable
{
    /// <summary>Name of the row of averages.</summary>
    internal const string Average = "AVG";

    /// <summary>Decimals of the table; two cells are printed without their trailing zero.</summary>
    internal const int Decimals = 4;

    /// <summary>The adaptive methods and their plain counterparts.</summary>
    internal static readonly (string Adaptive, string Plain)[] Pairs = [("ADPO", "DPO"), ("APPO", "PPO"), ("ARS", "RS")];

    private readonly PublishedTable _table;

    internal BenchmarkTable(SpecContext context)
    {
        _table = context.Table("adr/table-1");
        Benchmarks = [.. _table.Rows.Where(r => r != Average)];
    }

    /// <summary>The benchmarks, in printed order.</summary>
    internal IReadOnlyList<string> Benchmarks { get; }

    /// <summary>The seven columns, in printed order.</summary>
    internal IReadOnlyList<string> Columns => _table.Columns;

    /// <summary>A cell, to be used as target or input.</summary>
    internal Printed Cell(string benchmark, string column) => _table[benchmark, column];

    /// <summary>A score in [0, 1], as an input.</summary>
    internal double Score(string benchmark, string column) => _table[benchmark, column].AsInput();

    /// <summary>The seven scores of a benchmark with all four decimals, as inputs.</summary>
    internal string[] ScoresText(string benchmark) =>
        [.. Columns.Select(c => Score(benchmark, c).ToString($"F{Decimals}", CultureInfo.InvariantCulture))];

    /// <summary>Mean score of some benchmarks in a column.</summary>
    internal double Mean(string column, IEnumerable<string> benchmarks) => benchmarks.Average(b => Score(b, column));

    /// <summary>Groups of benchmarks whose seven printed scores are all equal; a benchmark with scores of its own is alone in its
    /// group.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Distinct() =>
        [.. Benchmarks.GroupBy(b => string.Join(' ', ScoresText(b)), StringComparer.Ordinal).Select(g => g.ToList())];

    /// <summary>The chance that two independent runs of one true rate score the same: about the width of a unit times the peak density of
    /// the difference of two normal errors.</summary>
    /// <param name="rate">The true rate, above 0 and below 1.</param>
    /// <param name="firstSize">Questions of the first run.</param>
    /// <param name="secondSize">Questions of the second run.</param>
    /// <param name="unit">Scores that differ by less are equal.</param>
    internal static double ChanceOfEqualScores(double rate, double firstSize, double secondSize, double unit)
    {
        var deviation = Math.Sqrt(rate * (1 - rate) * ((1 / firstSize) + (1 / secondSize)));
        return Math.Min(1, unit / (Math.Sqrt(2 * Math.PI) * deviation));
    }
}

using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR abstract and sections 4.1 and 4.2: what is said of groups of the benchmarks in Table 1, and of the settings.</summary>
internal sealed class Table1Groups : ISpecGroup
{
    private static readonly string[] Named = ["MMLU", "GSM8K", "HumanEval"];
    private static readonly string[] TrainingParameters = ["learning_rate", "batch_size", "epochs", "beta", "epsilon", "delta", "warmup"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-T1-NAMED", NamedBenchmarks),
        new("ADR-ABS-METRICS", MultipleMetrics),
        new("ADR-S4.1-PARAMETERS", Parameters),
        new("ADR-S4.1-PASS1", PassAtOne),
        new("ADR-S4.2-REASONING", ReasoningAndCoding),
        new("ADR-S4.2-TAX", AlignmentTax),
        new("ADR-T1-EQUAL-TO-BASE", EqualToBase),
    ];

    private static double Gain(BenchmarkTable table, params IReadOnlyCollection<string> benchmarks) =>
        100 * BenchmarkTable.Pairs.Average(p => table.Mean(p.Adaptive, benchmarks) - table.Mean(p.Plain, benchmarks));

    // "Such as" names examples. Whether they stand for the rest shows where their gain lies among those of all other choices of three.
    private static Evidence NamedBenchmarks(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var others = table.Benchmarks.Except(Named).ToList();
        var (named, rest) = (Gain(table, Named), Gain(table, others));
        var gains = table.Benchmarks.Select(b => Gain(table, b)).ToList();
        var triples = (from i in Enumerable.Range(0, gains.Count)
                       from j in Enumerable.Range(i + 1, gains.Count - i - 1)
                       from k in Enumerable.Range(j + 1, gains.Count - j - 1)
                       select (gains[i] + gains[j] + gains[k]) / 3).ToList();
        var asLarge = triples.Count(gain => gain >= named - 1e-9);
        var evidence = context.Evidence()
            .Value("gain_named", named)
            .Value("gain_others", rest)
            .Value("choices_of_three_that_gain_as_much", asLarge)
            .Sample("other benchmarks", others.Count)
            .Sample("choices of three", triples.Count);
        foreach (var benchmark in Named)
        {
            evidence.Value($"gain_{benchmark}", Gain(table, benchmark)).Require($"{benchmark} gains", Gain(table, benchmark) > 0);
        }

        if (asLarge < VerdictRule.Level * triples.Count)
        {
            evidence.Reserve("examples", Invariant($"the three named gain {named:F2} points, the other {others.Count} {rest:F2}; ")
                + Invariant($"{asLarge} of the {triples.Count} choices of three gain as much"));
        }

        return evidence.Explain(Invariant($"Over the plain methods {string.Join(", ", Named)} gain {named:F2} points on average, the ")
            + Invariant($"other {others.Count} benchmarks {rest:F2}; {asLarge} of {triples.Count} choices of three gain as much."));
    }

    // Of the abstract: on several metrics an adaptive model has the highest score of all seven.
    private static Evidence MultipleMetrics(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var adaptive = BenchmarkTable.Pairs.Select(p => p.Adaptive).ToList();
        var best = table.Distinct().Select(g => g[0]).Where(b => table.Columns.Where(adaptive.Contains).Max(c => table.Score(b, c))
            > table.Columns.Where(c => !adaptive.Contains(c)).Max(c => table.Score(b, c))).ToList();
        var rows = table.Distinct().Count;
        var byChance = (double)adaptive.Count / table.Columns.Count;
        return context.Evidence()
            .Value("best_on", best.Count == 0 ? "none" : string.Join(", ", best))
            .Value("benchmarks_with_an_adaptive_model_first", best.Count)
            .Sample("benchmarks, equal rows counted once", table.Distinct().Count)
            .Require("on more than one metric an adaptive model is ahead of all others", best.Count > 1, Invariant($"{best.Count}"))
            .Explain(Invariant($"On {best.Count} of {table.Distinct().Count} benchmarks (equal rows counted once) an adaptive model has ")
                + $"the highest score of the seven: {(best.Count == 0 ? "none" : string.Join(", ", best))}. "
                + Invariant($"Any {adaptive.Count} of the {table.Columns.Count} columns would lead on {rows * byChance:F1} of {rows} by ")
                + Invariant($"chance, on {best.Count} or more with probability ")
                + Invariant($"{BinomialTest.OneSidedGreater(best.Count, rows, byChance):F2}."));
    }

    // Section 4.1: all scores of the table are Pass@1. The mean gain over all benchmarks, with the error of drawing the questions alone.
    private static Evidence PassAtOne(SpecContext context)
    {
        const double Critical = 1.96;
        const string Method = "1.96 standard errors of the questions";
        var table = new BenchmarkTable(context);
        var sizes = context.Table("adr/test-set-sizes");
        var benchmarks = table.Distinct().Select(g => g[0]).ToList();
        Interval Of(IReadOnlyList<(string Adaptive, string Plain)> pairs)
        {
            var tests = (from pair in pairs
                         from benchmark in benchmarks
                         let n = (int)sizes[benchmark, "items"].AsInput()
                         select TwoProportions.ZTestFromRates(
                             table.Score(benchmark, pair.Adaptive), n, table.Score(benchmark, pair.Plain), n, pooled: false)).ToList();
            var gain = tests.Average(t => t.Difference);
            var half = Critical * Math.Sqrt(tests.Sum(t => t.StandardError * t.StandardError)) / tests.Count;
            return new Interval(100 * (gain - half), 100 * (gain + half));
        }

        var all = Of(BenchmarkTable.Pairs);
        var evidence = context.Evidence().Sample("benchmarks, equal rows counted once", benchmarks.Count)
            .RequireInterval("mean gain over the plain methods, points", all.Lower, all.Upper, Side.Above, 0, Method);
        foreach (var pair in BenchmarkTable.Pairs)
        {
            var own = Of([pair]);
            var name = $"{pair.Adaptive} over {pair.Plain}";
            evidence.Interval(name, own.Lower, own.Upper, Method);
            if (own.Lower <= 0)
            {
                evidence.Reserve(name, Invariant($"within chance by itself: {own.Lower:F2} to {own.Upper:F2} points"));
            }
        }

        return evidence.Reserve("runs", "one run of each method: the error of another training run is not in the interval")
            .Reserve("questions", "the answers of two models to the same questions are taken for independent, which widens the interval; "
                + "C-Eval's size fits no cell of its row")
            .Explain(Invariant($"Over {benchmarks.Count} benchmarks (equal rows counted once) and three methods Pass@1 rises by ")
                + Invariant($"{(all.Lower + all.Upper) / 2:F2} points on average (95% interval {all.Lower:F2} to {all.Upper:F2}, from the ")
                + "number of questions alone).");
    }

    private static Evidence Parameters(SpecContext context)
    {
        var printed = context.Table("adr/appendix-b").Rows;
        var training = TrainingParameters.Where(printed.Contains).ToList();
        var evidence = context.Evidence()
            .Value("training_parameters", training.Count == 0 ? "none" : string.Join(", ", training))
            .Sample("settings", printed.Count)
            .Require("the appendix gives the sampling strategy", printed.Contains("temperature") && printed.Contains("top_p"));
        if (training.Count < TrainingParameters.Length)
        {
            evidence.Reserve("training parameters", $"not in the appendix: {string.Join(", ", TrainingParameters.Except(training))}");
        }

        return evidence.Explain($"Appendix B gives {string.Join(", ", printed)}; of the training parameters it gives "
            + $"{(training.Count == 0 ? "none" : string.Join(", ", training))}.");
    }

    // The groups are those of the table's first column. A row that repeats another one counts once.
    private static Evidence ReasoningAndCoding(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var groups = context.Table("adr/table-1-groups");
        var reasoning = table.Distinct().Select(g => g[0]).Where(b => groups.CellText(b, "group") == "Reasoning").ToList();
        var coding = table.Benchmarks.Where(b => groups.CellText(b, "group") == "Code").ToList();
        var plain = Signs(table, reasoning, p => p.Plain);
        var overBase = Signs(table, reasoning, _ => "base");
        var p = SignTest.TwoSided(plain.Plus, plain.Minus);
        var size = (int)context.Table("adr/test-set-sizes")[coding.Single(), "items"].AsInput() * BenchmarkTable.Pairs.Length;
        var adaptive = BenchmarkTable.Pairs.Average(x => table.Mean(x.Adaptive, coding));
        var other = BenchmarkTable.Pairs.Average(x => table.Mean(x.Plain, coding));
        var pCoding = TwoProportions.ZTestFromRates(adaptive, size, other, size).PValue;
        return context.Evidence()
            .Value("reasoning_above_plain", plain.Plus)
            .Value("reasoning_below_plain", plain.Minus)
            .Value("reasoning_above_base", overBase.Plus)
            .Value("reasoning_below_base", overBase.Minus)
            .Value("coding_rate_adaptive", adaptive)
            .Value("coding_rate_plain", other)
            .Sample("reasoning cells", reasoning.Count * BenchmarkTable.Pairs.Length)
            .PValue("sign test, reasoning: adaptive against base", SignTest.TwoSided(overBase.Plus, overBase.Minus))
            .RequireLead("reasoning: adaptive above plain, sign test", plain.Plus, plain.Minus, p)
            .RequireLead("coding: adaptive above plain, two proportions", adaptive, other, pCoding)
            .Explain(Invariant($"On {string.Join(", ", reasoning)} the adaptive variants are above their plain counterparts in ")
                + Invariant($"{plain.Plus} cells and below in {plain.Minus} (sign test p {p:G3}), above the base model in ")
                + Invariant($"{overBase.Plus} and below in {overBase.Minus}; on {coding.Single()} they solve {100 * adaptive:F1}% against ")
                + Invariant($"{100 * other:F1}% (p {pCoding:G3})."));
    }

    private static (int Plus, int Minus) Signs(
        BenchmarkTable table, List<string> benchmarks, Func<(string Adaptive, string Plain), string> rival)
    {
        var cells = from benchmark in benchmarks
                    from pair in BenchmarkTable.Pairs
                    select (Own: table.Score(benchmark, pair.Adaptive), Other: table.Score(benchmark, rival(pair)));
        var signs = cells.Select(c => c.Own.CompareTo(c.Other)).ToList();
        return (signs.Count(s => s > 0), signs.Count(s => s < 0));
    }

    private static Evidence AlignmentTax(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        double Tax(string column) => 100 * table.Benchmarks.Sum(b => Math.Max(0, table.Score(b, "base") - table.Score(b, column)));
        var evidence = context.Evidence().Sample("benchmarks", table.Benchmarks.Count);
        var parts = new List<string>();
        foreach (var (adaptive, plain) in BenchmarkTable.Pairs)
        {
            evidence.Value(plain, Tax(plain)).Value(adaptive, Tax(adaptive))
                .Require($"{adaptive} loses less than {plain}", Tax(adaptive) < Tax(plain), Invariant($"{Tax(adaptive):F2} against ")
                    + Invariant($"{Tax(plain):F2} points"));
            parts.Add(Invariant($"{adaptive} {Tax(adaptive):F2} ({plain} {Tax(plain):F2})"));
        }

        return evidence.Explain($"Points lost below the base model, summed over the benchmarks that lose: {string.Join(", ", parts)}.");
    }

    // Two independent runs of one true rate give the same count now and then; how often follows from the size of the test set.
    private static Evidence EqualToBase(SpecContext context)
    {
        var table = new BenchmarkTable(context);
        var sizes = context.Table("adr/test-set-sizes");
        var trained = table.Columns.Where(c => c != "base").ToList();
        var equal = new List<string>();
        var chances = new List<double>();
        foreach (var benchmark in table.Distinct().Select(g => g[0]))
        {
            var size = sizes[benchmark, "items"].AsInput();
            var chance = BenchmarkTable.ChanceOfEqualScores(table.Score(benchmark, "base"), size, size, unit: 1 / size);
            chances.AddRange(trained.Select(_ => chance));
            equal.AddRange(trained.Where(c => table.Score(benchmark, c) == table.Score(benchmark, "base")).Select(c => $"{benchmark} {c}"));
        }

        var p = UpperTail(chances, equal.Count);
        return context.Evidence()
            .Value("equal_cells", equal.Count)
            .Value("cells", string.Join("; ", equal))
            .Value("expected_by_chance", chances.Sum())
            .Sample("cells", chances.Count)
            .RequireLead("more equal cells than independent runs would give", equal.Count, chances.Sum(), Math.Min(1, 2 * p))
            .Explain(Invariant($"{equal.Count} cells of trained models equal the base model's to four decimals ")
                + Invariant($"({string.Join(", ", equal)}; equal rows counted once); independent runs of the same skill would give ")
                + Invariant($"{chances.Sum():F2} on average (two-sided p {Math.Min(1, 2 * p):G3})."));
    }

    // The chance that at least so many of independent events with these chances happen.
    private static double UpperTail(List<double> chances, int least)
    {
        var mass = new double[chances.Count + 1];
        mass[0] = 1;
        foreach (var (count, chance) in chances.Index())
        {
            for (var k = count + 1; k > 0; k--)
            {
                mass[k] = (mass[k] * (1 - chance)) + (mass[k - 1] * chance);
            }

            mass[0] *= 1 - chance;
        }

        return mass.Skip(least).Sum();
    }
}

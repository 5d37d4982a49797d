using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.3.2: conclusions drawn from the four written examples of Tables 24 to 27.</summary>
internal sealed class Section532Examples : ISpecGroup
{
    private const int Chosen = 3;
    private static readonly string[] Tables = ["crs/table-24", "crs/table-25", "crs/table-26", "crs/table-27"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3.2-winner", Winner),
        new("CRS-S5.3.2-bad-irrelevant", BadAboveIrrelevant),
        new("CRS-S5.3.2-over-fails", OverSampled),
    ];

    private static Evidence Winner(SpecContext context)
    {
        var columns = Columns(context);
        var pairs = columns.Select(c => c.Sum(s => IntendedOrder.Count(s).Ordered)).ToList();
        var orders = columns.Select(c => c.Count(s => IntendedOrder.Holds(s))).ToList();
        var evidence = context.Evidence().Sample("pairs for each model", columns[0].Sum(s => IntendedOrder.Count(s).Pairs));
        var names = context.Table(Tables[^1]).Columns;
        for (var i = 0; i < columns.Count; i++)
        {
            evidence.Value($"ordered_pairs: {names[i]}", pairs[i]).Value($"full_orders: {names[i]}", orders[i]);
        }

        // The text names its criterion: telling bad from irrelevant replies.
        var best = pairs.IndexOf(pairs.Max());
        var told = columns.Select(c => c.Count(s => s[1] > s[2])).ToList();
        evidence.Value("bad_above_irrelevant", InvariantText.Join(", ", told))
            .Require(
                "no other model scores the bad reply above the irrelevant one as often",
                told.Where((_, i) => i != Chosen).All(t => t < told[Chosen]), $"{InvariantText.Join(", ", told)}");
        if (pairs[best] > pairs[Chosen])
        {
            evidence.Reserve("all pairs", Invariant($"over all pairs '{names[best]}' orders {pairs[best]}, the chosen model ")
                + Invariant($"{pairs[Chosen]}"));
        }

        return evidence.Explain(
                Invariant($"By the criterion of the text the models score the bad reply above the irrelevant one in ")
                    + Invariant($"{InvariantText.Join(", ", told)} of {Tables.Length} examples. ") +
                $"Of 24 pairs the four models order {InvariantText.Join(", ", pairs)} as intended, "
                    + $"and of four examples {InvariantText.Join(", ", orders)} completely. "
                + Invariant($"'{names[Chosen]}' has {pairs[Chosen]} pairs and {orders[Chosen]} full orders; ")
                + Invariant($"most pairs has '{names[best]}' with {pairs[best]}."));
    }

    private static Evidence BadAboveIrrelevant(SpecContext context)
    {
        var counts = Columns(context).Select(c => c.Count(s => s[1] > s[2])).ToList();
        var p = BinomialTest.TwoSided(counts[Chosen], Tables.Length);
        var evidence = context.Evidence()
            .Value("examples", counts[Chosen])
            .Value("examples_of_the_other_models", InvariantText.Join(", ", counts.Take(Chosen)))
            .Sample("examples", Tables.Length)
            .PValue("binomial, two-sided", p)
            .Require(
                "more than half of the examples", 2 * counts[Chosen] > Tables.Length, Invariant($"{counts[Chosen]} of {Tables.Length}"));
        if (p >= 0.05)
        {
            evidence.Reserve("four examples", Invariant($"with {Tables.Length} examples this is within chance (exact p {p:G3})"));
        }

        return evidence.Explain(
            Invariant($"The chosen model scores the bad reply above the irrelevant one in {counts[Chosen]} of {Tables.Length} examples ")
                + Invariant($"(exact p {p:G3}), the other three models in {InvariantText.Join(", ", counts.Take(Chosen))}."));
    }

    private static Evidence OverSampled(SpecContext context)
    {
        var scores = Columns(context)[0];
        var badIrrelevant = scores.Count(s => s[1] > s[2]);
        var badMeaningless = scores.Count(s => s[1] > s[3]);
        var irrelevantMeaningless = scores.Count(s => s[2] > s[3]);
        var ordered = badIrrelevant + badMeaningless + irrelevantMeaningless;
        var full = scores.Count(s => IntendedOrder.Holds([.. s.Skip(1)]));
        var evidence = context.Evidence()
            .Value("bad_above_irrelevant", badIrrelevant)
            .Value("bad_above_meaningless", badMeaningless)
            .Value("irrelevant_above_meaningless", irrelevantMeaningless)
            .Value("full_orders", full)
            .Sample("examples", scores.Count)
            .Require(
                "no more pairs are ordered than chance gives",
                2 * ordered <= 3 * scores.Count,
                Invariant($"{ordered} of {3 * scores.Count}"))
            .Require("no example is ordered completely", full == 0, Invariant($"{full}"));
        foreach (var (name, count)
            in new[] { ("bad and irrelevant", badIrrelevant), ("bad and meaningless", badMeaningless), ("irrelevant and "
                + "meaningless", irrelevantMeaningless) })
        {
            if (count == 0 || count == scores.Count)
            {
                evidence.Reserve(
                    name, Invariant($"the model separates them the same way in all {scores.Count} examples ({count} as intended)"));
            }
        }

        return evidence.Explain(
            Invariant($"Its scores put bad above irrelevant in {badIrrelevant} of {scores.Count} examples, ")
                + Invariant($"bad above meaningless in {badMeaningless} and irrelevant above meaningless in {irrelevantMeaningless}: ")
                + Invariant($"{ordered} of {3 * scores.Count} pairs as intended."));
    }

    /// <summary>Scores by model and example, each in the intended order of the replies.</summary>
    private static List<List<IReadOnlyList<double>>> Columns(SpecContext context)
    {
        var tables = Tables.Select(t => context.Table(t)).ToList();
        return
        [
            .. Enumerable.Range(0, tables[0].Columns.Count)
                .Select(i => tables.Select(IReadOnlyList<double> (t) => [.. t.Rows.Select(r => t[r, t.Columns[i]].AsInput())]).ToList()),
        ];
    }
}

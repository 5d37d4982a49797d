using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>Position bias of the judge of CRS Tables 10 to 16 (not in the thesis): which of two answers was shown first is a function of
/// the instruction, so that it can be recomputed.</summary>
internal sealed class PositionBias : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-X-position", FirstShown),
        new("CRS-X-position-final", Leaders),
        new("CRS-X-position-roles", Roles),
        new("CRS-S5.5.1-randomised", Randomised),
    ];

    // All 1500 judgements against one half. Those of one prompt share their order, so there is a sign test over prompts as well.
    private static Evidence FirstShown(SpecContext context)
    {
        var (final, tuning) = (Final.SelectMany(context.Judgements).ToList(), TuningFiles.SelectMany(context.Judgements).ToList());
        List<PairwiseFacts.Row> rows = [.. final, .. tuning];
        var (first, second) = (rows.Count(r => r.FirstShownWon), rows.Count(r => !r.FirstShownWon));
        var prompts = rows.GroupBy(r => r.Prompt).Select(g => Math.Sign((2 * g.Count(r => r.FirstShownWon)) - g.Count())).ToList();
        var (more, fewer) = (prompts.Count(s => s > 0), prompts.Count(s => s < 0));
        var signs = SignTest.TwoSided(more, fewer);
        int Switched(IEnumerable<PairwiseFacts.Row> among) => among.Where(r => r.Switched).DistinctBy(r => r.Prompt).Count();
        return context.Evidence()
            .Value("first_shown_won", first)
            .Value("first_shown_won_percent", WinRates.Percent((first, rows.Count)))
            .Value("first_shown_won_final", final.Count(r => r.FirstShownWon))
            .Value("first_shown_won_tuning", tuning.Count(r => r.FirstShownWon))
            .Value("prompts_where_first_wins_more", more)
            .Value("prompts_where_second_wins_more", fewer)
            .Value("final_prompts_switched", Switched(final))
            .Value("tuning_prompts_switched", Switched(tuning))
            .Sample("prompts", prompts.Count)
            .Share("first shown", (first, rows.Count))
            .PValue("sign test over prompts", signs)
            .RequireLead("the answer shown second wins more often", second, first, BinomialTest.TwoSided(first, rows.Count))
            .Explain(Invariant($"The answer shown first won {first} of {rows.Count} ({WinRates.Percent((first, rows.Count)):F1}%), ")
                + Invariant($"{final.Count(r => r.FirstShownWon)} of {final.Count} in the final comparisons; of {prompts.Count} prompts ")
                + Invariant($"it won more often on {more} and less often on {fewer} (sign test p {signs:G2}). The order depends on the ")
                + Invariant($"prompt alone: {Switched(final)} of the final prompts are switched in every comparison."));
    }

    private static Evidence Leaders(SpecContext context)
    {
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var file in Final)
        {
            var rows = context.Judgements(file);
            var model = rows[0].Generator2;
            var name = $"{model} against {rows[0].Generator1}{(file == AbsAgainstPreferenceRun1 ? ", second run" : string.Empty)}";
            var places = WinsByPlace.Count(rows, model);
            evidence.Value($"{name}, raw", places.Raw)
                .Value($"{name}, shown first", WinRates.Percent(places.First))
                .Value($"{name}, shown second", WinRates.Percent(places.Second))
                .Value($"{name}, both orders", places.BothOrders)
                .PValue($"{name}, both orders, Fisher", places.PValue)
                .Sample(name, rows.Count)
                .Require($"{name}: the same side leads over both orders", places.Raw.CompareTo(50) == places.BothOrders.CompareTo(50));
            parts.Add(Invariant($"{name} {places.Raw:F0} to {places.BothOrders:F1}"));
        }

        return evidence.Explain($"Win rates in percent as counted and as the mean of both orders: {string.Join(", ", parts)}.");
    }

    // Section 5.5.1: the sequence is random, against a bias of the judge. Both orders must occur in every comparison.
    private static Evidence Randomised(SpecContext context)
    {
        var comparisons = FinalFirstRun.Select(file => context.Judgements(file)).ToList();
        var switched = comparisons.Select(
            rows => rows.Where(r => r.Switched).Select(r => r.Prompt).Order(StringComparer.Ordinal).ToList()).ToList();
        var evidence = context.Evidence().Sample("prompts", comparisons[0].Count);
        foreach (var (place, rows) in comparisons.Index())
        {
            var name = $"{rows[0].Generator1} and {rows[0].Generator2}";
            evidence.Value($"{name}, switched", switched[place].Count)
                .Require($"{name}: both orders occur", switched[place].Count > 0 && switched[place].Count < rows.Count);
        }

        var (one, all) = (switched[0].Count, comparisons[0].Count);
        var p = BinomialTest.TwoSided(one, all);
        var shared = switched.TrueForAll(prompts => prompts.SequenceEqual(switched[0]));
        return evidence.Value("all comparisons switch the same prompts", shared).PValue("binomial, switched against not", p)
            .Explain(Invariant($"{one} of {all} prompts are shown in the other order (exact p {p:G3} against a fair coin)")
                + (shared ? Invariant($", the same ones in each of the {switched.Count} comparisons: the order is drawn by prompt, not by ")
                    + "comparison, as AlpacaEval does, so that the bias does not average out over comparisons." : "."));
    }

    // The two runs of abs against preference name the models in opposite roles: each is shown first on the prompts where the other was.
    private static Evidence Roles(SpecContext context)
    {
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var switched in new[] { false, true })
        {
            var rates = new[] { AbsAgainstPreference, AbsAgainstPreferenceRun1 }
                .Select(file => context.Judgements(file).Where(r => r.Switched == switched).ToList())
                .Select(rows => (First: rows[0].ShownFirst == Model.Preference, rows.Count,
                    Rate: WinRates.Percent(WinRates.Count(rows, Model.Preference)))).ToList();
            var (first, second) = (rates.Single(r => r.First), rates.Single(r => !r.First));
            var prompts = switched ? "switched" : "not switched";
            evidence.Value($"{prompts}, shown first", first.Rate).Value($"{prompts}, shown second", second.Rate)
                .Sample(prompts, first.Count)
                .Require($"preference_rlhf wins less when it is shown first, on the prompts {prompts}", first.Rate < second.Rate);
            parts.Add(Invariant($"on the {first.Count} prompts {prompts} {first.Rate:F1}% when first and {second.Rate:F1}% when second"));
        }

        return evidence.Explain($"In two runs with exchanged roles preference_rlhf wins {string.Join(", ", parts)}.");
    }
}

using System.Globalization;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS abstract, sections 6.1, 6.4, 7.2 and 8.1: a larger weight of the preference reward goes with a worse model.</summary>
internal sealed class InverseWeight : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-D-inverse-weight-tuning", Tuning),
        new(
            "CRS-D-inverse-weight-vs-abs",
            c =>
                Falling(
                    c,
                    Model.Abs,
                    (AbsAgainstCrs025, Model.Crs025, "0.25"),
                    (AbsAgainstCrs0625, Model.Crs0625, "0.625"),
                    (AbsAgainstPreference, Model.Preference, "1"))),
        new(
            "CRS-D-inverse-weight-vs-pref",
            c =>
                Falling(
                    c,
                    Model.Preference,
                    (AbsAgainstPreference, Model.Abs, "0"),
                    (Crs025AgainstPreference, Model.Crs025, "0.25"),
                    (Crs0625AgainstPreference, Model.Crs0625, "0.625"))),
        new("CRS-S6.1-choose-025", Choice),
    ];

    private static Evidence Tuning(SpecContext context)
    {
        var table = context.Table("crs/table-10");
        double[] weights = [.. TuningWeights.Select(w => double.Parse($"0.{w[1..]}", CultureInfo.InvariantCulture))];
        double[] means = [.. TuningWeights.Select(w => PrintedMatrix.RowMean(table, $"crs_rlhf_{w}"))];
        var spearman = Correlation.Spearman(weights, means);
        var p = PermutationTest.Spearman(weights, means);
        var best = weights[Array.IndexOf(means, means.Max())];
        return context.Evidence()
            .Value("spearman", spearman)
            .Value("pearson", Correlation.Pearson(weights, means))
            .Value("best_weight", best)
            .Sample("weights", weights.Length)
            .RequireLead("the rank correlation of weight and mean win rate is below 0, exact permutation test", 0, spearman, p)
            .Explain(
                Invariant($"Over the {weights.Length} weights of the tuning table weight and mean win rate have Spearman correlation ")
                    + Invariant($"{spearman:F3} (exact permutation p {p:G3}) and Pearson correlation ")
                    + Invariant($"{Correlation.Pearson(weights, means):F3}; the best weight is {best}."));
    }

    // Rates of models of growing weight against one rival.
    private static Evidence Falling(SpecContext context, string rival, params (string File, string Model, string Weight)[] models)
    {
        var rows = models.Select(m => context.Judgements(m.File)).ToList();
        var counts = models.Select((m, i) => WinRates.Count(rows[i], m.Model)).ToList();
        var evidence = context.Evidence();
        for (var i = 0; i < models.Length; i++)
        {
            var name = $"weight {models[i].Weight}";
            evidence.Compare(name, context.Printed($"weight_{models[i].Weight}"), WinRates.Percent(counts[i])).Share(name, counts[i]);
            if (i > 0)
            {
                var step = SharedPrompts.Compare(rows[i - 1], models[i - 1].Model, rows[i], models[i].Model);
                evidence.Value(
                    $"discordant, weight {models[i - 1].Weight} and {models[i].Weight}", Invariant($"{step.OnlyFirst}/{step.OnlySecond}"))
                    .PValue($"McNemar, weight {models[i - 1].Weight} and {models[i].Weight}", step.PValue);
            }
        }

        var ends = SharedPrompts.Compare(rows[0], models[0].Model, rows[^1], models[^1].Model);
        evidence.Value("discordant, ends", Invariant($"{ends.OnlyFirst}/{ends.OnlySecond}"))
            .PValue(
                "trend, Cochran and Armitage, as if on different prompts",
                TrendTest.CochranArmitage(counts, [.. models.Select(m => double.Parse(m.Weight, CultureInfo.InvariantCulture))]).PValue)
            .RequireLead("McNemar, ends: the smaller weight wins more often", ends.OnlyFirst, ends.OnlySecond, ends.PValue);

        return evidence.Explain(
            $"Against {Table16WinRates.RowOf(rival)} the win rates at preference weights "
                + $"{string.Join(", ", models.Select(m => m.Weight))} are "
                + $"{string.Join(", ", counts.Select(c => Invariant($"{WinRates.Percent(c):F0}%")))}; "
                + $"between the ends there are {ends.Describe()}.");
    }

    private static Evidence Choice(SpecContext context)
    {
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (rival, key, small, large) in new[]
        {
            (Model.Abs, "abs", AbsAgainstCrs025, AbsAgainstCrs0625),
            (Model.Preference, "pref", Crs025AgainstPreference, Crs0625AgainstPreference),
        })
        {
            var (first, second) = (
                WinRates.Count(context.Judgements(small), Model.Crs025), WinRates.Count(context.Judgements(large), Model.Crs0625));
            var shared = SharedPrompts.Compare(context.Judgements(small), Model.Crs025, context.Judgements(large), Model.Crs0625);
            evidence.Compare($"0.25 against {rival}", context.Printed($"crs025_vs_{key}"), WinRates.Percent(first))
                .Compare($"0.625 against {rival}", context.Printed($"crs0625_vs_{key}"), WinRates.Percent(second))
                .Value($"discordant against {rival}", Invariant($"{shared.OnlyFirst}/{shared.OnlySecond}"))
                .RequireLead($"McNemar against {rival}: 0.25 wins more often", shared.OnlyFirst, shared.OnlySecond, shared.PValue);
            parts.Add(
                Invariant($"against {Table16WinRates.RowOf(rival)} {WinRates.Percent(first):F0}% and ")
                    + Invariant($"{WinRates.Percent(second):F0}% ({shared.Describe()})"));
        }

        return evidence.Explain($"Weights 0.25 and 0.625 win {string.Join("; ", parts)}.");
    }
}

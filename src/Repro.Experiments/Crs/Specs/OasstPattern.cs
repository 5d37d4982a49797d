using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS sections 7.1 and 7.2: preference_rlhf does well on oasst prompts only.</summary>
internal sealed class OasstPattern : ISpecGroup
{
    private static readonly (string File, string Model, string Weight)[] Rivals =
    [
        (AbsAgainstPreference, Model.Abs, "0"),
        (Crs025AgainstPreference, Model.Crs025, "0.25"),
        (Crs0625AgainstPreference, Model.Crs0625, "0.625"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S7.1-pref-poor-except-oasst", PoorExceptOasst),
        new("CRS-S7.2-oasst-trend", Trend),
    ];

    private static Evidence PoorExceptOasst(SpecContext context)
    {
        var dataset = context.DatasetOfPrompt();
        var evidence = context.Evidence();
        var oasst = new List<string>();
        var others = new List<string>();
        var byRival = Rivals.Select(r => Subsets.Count(context.Judgements(r.File), Model.Preference, dataset)).ToList();
        var family = ShareEvidence.Family("Tables 15, 20 and 21", byRival.SelectMany(counts => Datasets.Select(name => counts[name])));
        foreach (var (r, (_, model, _)) in Rivals.Index())
        {
            foreach (var (d, name) in Datasets.Index())
            {
                var count = byRival[r][name];
                var onOasst = name == "oasst";
                var (wins, losses) = (count.Wins, count.Total - count.Wins);
                evidence.Value($"{name}, against {model}", WinRates.Percent(count))
                    .Share($"{name}, against {model}", count)
                    .RequireLead(
                        $"preference_rlhf {(onOasst ? "wins" : "loses")} on {name} against {model}", onOasst ? wins : losses,
                        onOasst ? losses : wins, family, (r * Datasets.Length) + d);
                (onOasst ? oasst : others).Add(Invariant($"{count.Wins}/{count.Total}"));
            }
        }

        var again = Subsets.Count(context.Judgements(AbsAgainstPreferenceRun1), Model.Preference, dataset)["oasst"];
        evidence.Value("oasst, second run against abs", WinRates.Percent(again)).Share("oasst, second run against abs", again);
        if (2 * again.Wins <= again.Total)
        {
            evidence.Reserve(
                "second run",
                Invariant($"in the second run preference_rlhf wins {again.Wins} of {again.Total} oasst prompts against abs_rlhf"));
        }

        return evidence.Explain(
            $"Against abs_rlhf, crs_rlhf_025 and crs_rlhf_0625 preference_rlhf wins {string.Join(", ", others)} on the other datasets "
                + $"and {string.Join(", ", oasst)} on oasst; in the released second run against abs_rlhf it wins "
                + $"{ShareEvidence.Describe(again)} on oasst.");
    }

    private static Evidence Trend(SpecContext context)
    {
        var dataset = context.DatasetOfPrompt();
        var counts = Rivals.Select(r => Subsets.Count(context.Judgements(r.File), r.Model, dataset)).ToList();
        var evidence = context.Evidence();
        var parts = new List<string>();
        var uneven = new List<string>();
        var ends = Datasets
            .Select(name => SharedPrompts.Compare(
                Only(context, Rivals[0].File, dataset, name), Rivals[0].Model, Only(context, Rivals[^1].File, dataset, name),
                Rivals[^1].Model)).ToList();
        var family = new TestFamily("the four datasets", [.. ends.Select(e => e.PValue)]);
        foreach (var (d, name) in Datasets.Index())
        {
            var wins = counts.Select(c => c[name].Wins).ToList();
            var sign = name == "oasst" ? 1 : -1;
            for (var i = 0; i < Rivals.Length; i++)
            {
                evidence.Value($"{name}, weight {Rivals[i].Weight}", WinRates.Percent(counts[i][name])).Sample(name, counts[i][name].Total);
            }

            var (claimed, other) = sign > 0 ? (ends[d].OnlySecond, ends[d].OnlyFirst) : (ends[d].OnlyFirst, ends[d].OnlySecond);
            evidence.RequireLead($"McNemar between the ends, {name}: the rate {(sign > 0 ? "rises" : "falls")}", claimed, other, family, d);
            if (wins.Zip(wins.Skip(1)).Any(step => sign * (step.Second - step.First) <= 0))
            {
                uneven.Add(name);
            }

            parts.Add(Invariant($"{name} {string.Join(", ", counts.Select(c => Invariant($"{WinRates.Percent(c[name]):F0}")))} (McNemar ")
                + Invariant($"between the ends p {ends[d].PValue:G3})"));
        }

        if (uneven.Count > 0)
        {
            evidence.Reserve("steps", $"not at every step: {string.Join(", ", uneven)}");
        }

        return evidence.Explain(
            $"Win rates in percent at weights 0, 0.25 and 0.625 against preference_rlhf: {string.Join("; ", parts)}. "
                + $"Datasets in which one step does not follow the trend: {(uneven.Count == 0 ? "none" : string.Join(", ", uneven))}.");
    }

    private static List<PairwiseFacts.Row> Only(
        SpecContext context, string file, IReadOnlyDictionary<string, string> dataset, string name) =>
        [.. context.Judgements(file).Where(r => dataset[r.Prompt] == name)];
}

using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>Numbers that the released notebooks store and the thesis does not print: agreement on preference against SFT responses, scores
/// and length correlations.</summary>
internal sealed class StoredAgreement : ISpecGroup
{
    private const int PromptsOfDataset = 25;
    private const string Oasst = "oasst";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. Comparisons.Datasets.Select(d => new Spec($"CRS-X-agree-prefsft-{d}", c => OnDataset(c, d))),
        new("CRS-X-agree-prefsft-all", Overall),
        new("CRS-X-corr-sft", LengthCorrelations),
        new("CRS-X-reward-on-policies", ScoresOfPolicies),
    ];

    private static Evidence OnDataset(SpecContext context, string dataset)
    {
        var (absolute, preference) = (Count(context, "abs", dataset), Count(context, "pref", dataset));
        var (ahead, behind) = dataset == Oasst ? (preference, absolute) : (absolute, preference);
        var family = new TestFamily(
            "the four datasets",
            [.. Comparisons.Datasets.Select(d => Fisher(Count(context, "abs", d), Count(context, "pref", d), PromptsOfDataset))]);
        return Pattern(context, dataset, absolute, preference, PromptsOfDataset)
            .RequireLead(
                $"Fisher, unpaired: the {(dataset == Oasst ? "preference" : "absolute")} model is ahead", ahead, behind, family,
                Array.IndexOf(Comparisons.Datasets, dataset))
            .Explain(Describe(dataset, absolute, preference, PromptsOfDataset));
    }

    private static Evidence Overall(SpecContext context)
    {
        var (absolute, preference) = (
            (int)Number(context, "agree_abs_rm_pref_vs_sft_all"), (int)Number(context, "agree_pref_rm_pref_vs_sft_all"));
        var total = PromptsOfDataset * Comparisons.Datasets.Length;
        var (sumAbsolute, sumPreference) = (
            Comparisons.Datasets.Sum(d => Count(context, "abs", d)), Comparisons.Datasets.Sum(d => Count(context, "pref", d)));
        return Pattern(context, "all datasets", absolute, preference, total)
            .Require(
                "the datasets add up to the overall counts",
                sumAbsolute == absolute && sumPreference == preference,
                Invariant($"{sumAbsolute} and {sumPreference}"))
            .RequireLead("Fisher, unpaired: the absolute model is ahead", absolute, preference, Fisher(absolute, preference, total))
            .Explain(Describe("all prompts", absolute, preference, total));
    }

    private static EvidenceBuilder Pattern(SpecContext context, string name, int absolute, int preference, int total)
    {
        var interval = TwoProportions.Newcombe(absolute, total, preference, total);
        return context.Evidence()
            .Value("absolute", 100.0 * absolute / total)
            .Value("preference", 100.0 * preference / total)
            .Sample($"prompts, {name}", total)
            .Interval("absolute minus preference, percentage points", 100 * interval.Lower, 100 * interval.Upper, "Newcombe, unpaired");
    }

    private static double Fisher(int absolute, int preference, int total) =>
        FisherExact.TwoSided(absolute, total - absolute, preference, total - preference);

    private static string Describe(string name, int absolute, int preference, int total) =>
        Invariant($"On {name} the absolute reward model agrees with GPT-4 on {absolute} and the preference reward model on {preference} ")
            + Invariant($"of {total} preference-against-SFT pairs (unpaired Fisher p {Fisher(absolute, preference, total):G3}).");

    private static int Count(SpecContext context, string model, string dataset)
    {
        var share = Number(context, $"agree_{model}_rm_pref_vs_sft_{dataset}");
        return PercentGrid.Count(100 * share, PromptsOfDataset)
            ?? throw new ReproException(
                Invariant($"{ReleasedValues.Notebook}: the stored agreement {share} on {dataset} is no whole count of ")
                    + Invariant($"{PromptsOfDataset} prompts"));
    }

    private static Evidence LengthCorrelations(SpecContext context)
    {
        const int Responses = 100;
        var (absolute, preference, between) = (
            Number(context, "corr_length_abs_score_sft"),
            Number(context, "corr_length_pref_score_sft"),
            Number(context, "corr_abs_pref_score_sft"));
        var test = DependentCorrelations.Compare(preference, absolute, between, Responses);
        return context.Evidence()
            .Value("absolute", absolute)
            .Value("preference", preference)
            .Sample("responses", Responses)
            .PValue("equal correlations, dependent", test.PValue)
            .RequireInterval("preference minus absolute, Fisher z", test.Lower, test.Upper, Side.Below, 0, "Meng, Rosenthal and Rubin")
            .Explain(
                Invariant($"On {Responses} SFT responses the preference score correlates with length at {preference:F5} and the ")
                    + Invariant($"absolute score at {absolute:F5}; the difference is {test.Difference:F4} on Fisher's scale (95% ")
                    + Invariant($"interval {test.Lower:F3} to {test.Upper:F3}, p {test.PValue:G3})."));
    }

    private static Evidence ScoresOfPolicies(SpecContext context)
    {
        var (sft, absolute, preference) = (
            Number(context, "mean_abs_score_sft"), Number(context, "mean_abs_score_abs_rlhf"), Number(context, "mean_abs_score_pref_rlhf"));
        var evidence = context.Evidence()
            .Value("sft", sft).Value("abs_rlhf", absolute).Value("preference_rlhf", preference)
            .Require("tuning on the absolute score raises it", absolute > sft, Invariant($"{absolute:F3} against {sft:F3}"));
        if (preference <= sft)
        {
            evidence.Reserve("preference_rlhf", Invariant($"tuning on the preference score lowers the absolute score to {preference:F3}"));
        }

        return evidence.Explain(
            Invariant($"The mean absolute score is {sft:F4} for SFT, {absolute:F4} for abs_rlhf and {preference:F4} for ")
                + "preference_rlhf responses.");
    }

    private static double Number(SpecContext context, string key) =>
        context.Artifact<TableFacts>(ReleasedValues.Notebook).Number("key", key, "value");
}

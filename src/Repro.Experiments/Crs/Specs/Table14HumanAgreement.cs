using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 14: how often the reward models order human-ranked OASST pairs like the humans, from the stored notebook
/// outputs.</summary>
internal sealed class Table14HumanAgreement : ISpecGroup
{
    private const int LargestNumberOfPairs = 20000;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T14-pref", c => Cell(c, "preference", s => s.Preference)),
        new("CRS-T14-abs", c => Cell(c, "absolute", s => s.Absolute)),
        new("CRS-T14-mutual", Mutual),
        new("CRS-T14-significance", Significance),
        new("CRS-S6.2-overfit-direction", OppositeDirections),
    ];

    private static Evidence Cell(SpecContext context, string model, Func<Stored, double> share)
    {
        var stored = Stored.Read(context);
        var correct = stored.Count(share(stored));
        var interval = BinomialInterval.ClopperPearson(correct, stored.Pairs);
        return context.Evidence()
            .Compare("agreement", context.Table("crs/table-14")[model, "human_agreement"], 100 * share(stored))
            .Value("pairs", stored.Pairs)
            .Value("correct", correct)
            .Sample("pairs", stored.Pairs)
            .Interval("agreement", 100 * interval.Lower, 100 * interval.Upper, ShareEvidence.Method)
            .Explain(
                Invariant($"The stored accuracy is {100 * share(stored):F3}%; ")
                    + Invariant($"{stored.Pairs} is the smallest number of pairs of which all three stored shares are whole counts, ")
                    + Invariant($"so {correct} of {stored.Pairs} pairs are in order (95% interval {100 * interval.Lower:F1} to ")
                    + Invariant($"{100 * interval.Upper:F1})."));
    }

    private static Evidence Mutual(SpecContext context)
    {
        var stored = Stored.Read(context);
        var (a, p) = (stored.Count(stored.Absolute), stored.Count(stored.Preference));
        var same = stored.Count(stored.Mutual);
        var lower = Math.Abs(a + p - stored.Pairs) / (double)stored.Pairs;
        var upper = 1 - (Math.Abs(a - p) / (double)stored.Pairs);
        var independent = (stored.Absolute * stored.Preference) + ((1 - stored.Absolute) * (1 - stored.Preference));
        var cells = stored.Cells();
        return context.Evidence()
            .Value("mutual_agreement", stored.Mutual)
            .Value("same_order", same)
            .Value("pairs", stored.Pairs)
            .Value("lower_bound", lower)
            .Value("upper_bound", upper)
            .Value("expected_if_independent", independent)
            .Value("both_correct", cells.Both)
            .Value("both_wrong", cells.Neither)
            .Sample("pairs", stored.Pairs)
            .Require(
                "within the bounds that the two accuracies set",
                stored.Mutual >= lower && stored.Mutual <= upper,
                Invariant($"{lower:F3} to {upper:F3}"))
            .Require(
                "whole counts of pairs on which both are right, one is, none is",
                cells.Both >= 0 && cells.Neither >= 0 && (a + p + same - stored.Pairs) % 2 == 0,
                Invariant($"{cells.Both}, {cells.OnlyPreference + cells.OnlyAbsolute}, {cells.Neither}"))
            .Explain(
                Invariant($"Both reward models give the same order on {same} of {stored.Pairs} pairs ({100 * stored.Mutual:F2}%); ")
                    + Invariant($"the accuracies allow {100 * lower:F1}% to {100 * upper:F1}%, ")
                    + Invariant($"and independent errors would give {100 * independent:F1}%."));
    }

    private static Evidence Significance(SpecContext context)
    {
        var stored = Stored.Read(context);
        var table = context.Table("crs/table-14");
        var (preference, absolute) = (
            table["preference", "human_agreement"].AsRateInput(), table["absolute", "human_agreement"].AsRateInput());
        var test = TwoProportions.ZTestFromRates(preference, stored.Pairs, absolute, stored.Pairs, pooled: false);
        var lead = stored.Preference.CompareTo(stored.Absolute);
        var prompts = (int)context.Artifact<TableFacts>(ReleasedValues.Notebook).Number("key", "rank_eval_prompts", "value");
        var byPrompt = TwoProportions.ZTestFromRates(preference, prompts, absolute, prompts, pooled: false);
        var cells = stored.Cells();
        var interval = PairedProportions.Newcombe(cells.Both, cells.OnlyPreference, cells.OnlyAbsolute, cells.Neither);
        return context.Evidence()
            .Value("difference", 100 * test.Difference)
            .Value("standard_error", 100 * test.StandardError)
            .Value("z", test.Z)
            .Value("only_preference_correct", cells.OnlyPreference)
            .Value("only_absolute_correct", cells.OnlyAbsolute)
            .Value("z_counting_each_prompt_once", byPrompt.Z)
            .Sample("pairs", stored.Pairs)
            .Sample("prompts", prompts)
            .Interval(
                "difference on the same pairs, percentage points", 100 * interval.Lower, 100 * interval.Upper, "Newcombe, paired",
                estimate: 100.0 * (cells.OnlyPreference - cells.OnlyAbsolute) / stored.Pairs)
            .PValue("two proportions, unpaired", test.PValue)
            .RequireLead(
                "McNemar, exact", cells.OnlyPreference, cells.OnlyAbsolute, McNemar.Exact(cells.OnlyPreference, cells.OnlyAbsolute))
            .RequireLead("two proportions, each prompt counted once", lead, 0, byPrompt.PValue)
            .Explain(Invariant($"Both models judge the same {stored.Pairs} pairs: only the preference model is right on ")
                + Invariant($"{cells.OnlyPreference}, only the absolute one on {cells.OnlyAbsolute}, a lead of ")
                + Invariant($"{100 * interval.Lower:F1} to {100 * interval.Upper:F1} points (95% interval, paired). As if on different ")
                + Invariant($"pairs the preference model leads by {100 * test.Difference:F1} points with a standard error of ")
                + Invariant($"{100 * test.StandardError:F2} (z {test.Z:F1}, {stored.Pairs} pairs); pairs of one prompt are not ")
                + Invariant($"independent, and counting each of the {prompts} prompts once leaves z {byPrompt.Z:F1}."));
    }

    private static Evidence OppositeDirections(SpecContext context)
    {
        var (human, judge) = (context.Table("crs/table-14"), context.Table("crs/table-12"));
        var ofHumans = human["preference", "human_agreement"].AsInput() - human["absolute", "human_agreement"].AsInput();
        var (preference, absolute) = (
            judge["preference_reward_model", "gpt4_agreement"].AsRateInput(), judge["abs_reward_model", "gpt4_agreement"].AsRateInput());
        const int Prompts = 100;
        var cells = Stored.Read(context).Cells();
        var interval = TwoProportions.NewcombeFromRates(preference, Prompts, absolute, Prompts);
        var p = TwoProportions.ZTestFromRates(preference, Prompts, absolute, Prompts).PValue;
        var evidence = context.Evidence()
            .Value("human_agreement_lead_of_preference", ofHumans)
            .Value("gpt4_agreement_lead_of_preference", 100 * (preference - absolute))
            .Sample("final prompts", Prompts)
            .Interval(
                "GPT-4 agreement, preference minus absolute, percentage points",
                100 * interval.Lower,
                100 * interval.Upper,
                "Newcombe, unpaired")
            .RequireLead(
                "the preference model agrees more with humans, McNemar", cells.OnlyPreference, cells.OnlyAbsolute,
                McNemar.Exact(cells.OnlyPreference, cells.OnlyAbsolute))
            .RequireLead("the absolute model agrees more with GPT-4, two proportions, unpaired", absolute, preference, p);

        return evidence.Explain(
            Invariant($"On human-ranked OASST pairs the preference model leads by {ofHumans:F1} points, ")
                + Invariant($"on GPT-4 agreement by {100 * (preference - absolute):F0} points; the two rest on different data, ")
                + Invariant(
                    $"and the 95% interval of the second is {100 * interval.Lower:F1} to {100 * interval.Upper:F1} (unpaired p {p:G3})."));
    }

    /// <summary>The three stored shares and the number of pairs that fits them.</summary>
    private sealed record Stored(double Preference, double Absolute, double Mutual, int Pairs)
    {
        public static Stored Read(SpecContext context)
        {
            var numbers = context.Artifact<TableFacts>(ReleasedValues.Notebook);
            double[] shares =
            [
                .. new[] { "pref_rm_pair_accuracy", "abs_rm_pair_accuracy", "rm_mutual_pair_agreement" }
                    .Select(k => numbers.Number("key", k, "value")),
            ];
            var pairs = CommonDenominator.Smallest(shares, LargestNumberOfPairs)
                ?? throw new ReproException(
                    $"{ReleasedValues.Notebook}: no number of pairs up to {LargestNumberOfPairs} makes the three "
                        + "pair accuracies whole counts");
            return new Stored(shares[0], shares[1], shares[2], pairs);
        }

        public int Count(double share) => (int)Math.Round(share * Pairs);

        public (int Both, int OnlyPreference, int OnlyAbsolute, int Neither) Cells()
        {
            var (p, a) = (Count(Preference), Count(Absolute));
            var both = (p + a - (Pairs - Count(Mutual))) / 2;
            return (both, p - both, a - both, Count(Mutual) - both);
        }
    }
}

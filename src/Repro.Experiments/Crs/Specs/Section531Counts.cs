using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.3.1: sizes of the absolute reward data, re-sampling and loss weights.</summary>
internal sealed class Section531Counts : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3.1-counts", Sum),
        .. new[] { "abs_train_low", "abs_train_high", "abs_train_mid", "abs_train_rows", "abs_eval_rows" }
            .Select(k => new Spec($"CRS-S5.3.1-{k}", c => StoredCount(c, k))),
        new("CRS-S5.3.1-weight", Weight),
        new("CRS-S5.3.1-weight-strength", Strength),
        new("CRS-S5.3.1-weight-final", FinalWeight),
        new("CRS-S5.3.1-undersample", UnderSample),
        new("CRS-S5.3.1-over-2x", OverSample),
        new("CRS-S5.3.1-four-times", FourTimes),
    ];

    private static double Printed(SpecContext context, string key) => context.Printed($"CRS-S5.3.1-{key}", "value").AsInput();

    private static Evidence Sum(SpecContext context)
    {
        double[] parts = [Printed(context, "abs_train_low"), Printed(context, "abs_train_high"), Printed(context, "abs_train_mid")];
        return context.Evidence()
            .CompareExactly("rows", context.Printed("CRS-S5.3.1-abs_train_rows", "value"), parts.Sum())
            .Explain(Invariant($"The printed {InvariantText.Join(", ", parts)} add up to {parts.Sum()}."));
    }

    private static Evidence StoredCount(SpecContext context, string key)
    {
        var stored = Stored(context, key);
        return context.Evidence()
            .CompareExactly("stored", context.Printed("value"), stored)
            .Explain(Invariant($"The text prints {context.Printed("value").Text}; the released notebook stores {stored}."));
    }

    private static Evidence Weight(SpecContext context)
    {
        var low = Printed(context, "abs_train_low");
        var rows = Printed(context, "abs_train_rows") + low;
        return context.Evidence()
            .CompareExactly("rows", context.Printed("rows"), rows)
            .CompareExactly("low", context.Printed("low"), 2 * low)
            .Compare("weight", context.Printed("weight"), rows / (2 * low))
            .Explain(
                Invariant($"With the {low} low rows doubled there are {rows} rows and {2 * low} low ones; ")
                    + Invariant($"their ratio is {rows / (2 * low):F4}."));
    }

    // The labels of Table 7 carry the strengths.
    private static Evidence Strength(SpecContext context)
    {
        var labels = context.Table(RewardModelErrors.Table7).Rows.SelectMany(r => r.Split(" + ")).Where(
            p => p.StartsWith("wgt_s", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var strengths = labels.Select(l => RunName.Fraction(l, "s")).ToList();
        var full = context.Printed("CRS-S5.3.1-weight", "rows").AsInput() / context.Printed("CRS-S5.3.1-weight", "low").AsInput();
        return context.Evidence()
            .CompareExactly("half", context.Printed("half"), 100 * strengths[0])
            .CompareExactly("three_quarters", context.Printed("three_quarters"), 100 * strengths[1])
            .Value("weight_half", strengths[0] * full)
            .Value("weight_three_quarters", strengths[1] * full)
            .Sample("labels", labels.Count)
            .Explain(
                Invariant($"The labels {string.Join(" and ", labels)} stand for {100 * strengths[0]}% and {100 * strengths[1]}%; ")
                    + Invariant($"of the full weight {full:F4} that is {strengths[0] * full:F3} and {strengths[1] * full:F3}."));
    }

    private static Evidence FinalWeight(SpecContext context)
    {
        var scores = context.Artifact<AugmentationFacts>(Augmentation).Scores;
        var bound = Setting(context, "rm", "abs_oversample_threshold").Number();
        var low = Stored(context, "abs_train_low") + scores.Count(s => s <= bound);
        var rows = Stored(context, "abs_train_after_undersampling") + scores.Count;
        var strength = Setting(context, "rm_code", "loss_weight_strength").Number();
        var named = RunName.Fraction(Setting(context, "rm", "absolute_adapter_name").Current, "s");
        var example = context.Printed("CRS-S5.3.1-weight", "rows").AsInput() / context.Printed("CRS-S5.3.1-weight", "low").AsInput();
        return context.Evidence()
            .CompareExactly("strength", context.Printed("strength"), 100 * strength)
            .Check("strength in the adapter name", context.Printed("strength"), 100 * named)
            .Value("rows", rows)
            .Value("low", low)
            .Value("full_weight", rows / low)
            .Value("weight", strength * rows / low)
            .Sample("augmented rows", scores.Count)
            .Explain(
                Invariant($"The chosen model was trained on {rows} rows, {low} of them at most {bound}: ")
                    + Invariant($"the full weight is {rows / low:F4} and at strength {strength} it is {strength * rows / low:F4}. ")
                    + Invariant($"The example of the text ({example:F4}) belongs to other data and would give {strength * example:F3}."));
    }

    private static Evidence UnderSample(SpecContext context)
    {
        var kept = context.Printed("kept").AsInput();
        var bins = context.Printed("bins").AsInput();
        var total = Printed(context, "abs_train_low") + kept + Printed(context, "abs_train_high");
        var storedMiddle = Stored(context, "abs_train_mid_after_undersampling");
        var stored = Stored(context, "abs_train_after_undersampling");
        return context.Evidence()
            .Value("per_bin", kept / bins)
            .Value("total", total)
            .Value("stored_total", stored)
            .Require("the bins are equal and whole", kept % bins == 0)
            .Require("the notebook keeps as many middle rows", storedMiddle == kept, Invariant($"{storedMiddle}"))
            .Require("the printed parts give the stored total", total == stored, Invariant($"{total} and {stored}"))
            .Explain(
                Invariant($"{kept} rows in {bins} bins are {kept / bins} for each; with the low and high rows that makes {total}, ")
                    + Invariant($"and the notebook stores {stored}."));
    }

    private static Evidence OverSample(SpecContext context)
    {
        var (factor, low) = (context.Printed("factor").AsInput(), Printed(context, "abs_train_low"));
        return context.Evidence()
            .CompareExactly("low", context.Printed("low"), factor * low)
            .Explain(Invariant($"{factor} times {low} is {factor * low}."));
    }

    private static Evidence FourTimes(SpecContext context)
    {
        var most = context.Printed("factor").AsInput();
        var rows = Printed(context, "abs_train_rows");
        var printed = rows / context.Printed("CRS-S5.1.2-rank-train", "value").AsInput();
        var stored = rows / Stored(context, "rank_train_prompts");
        var replies = Setting(context, "rm", "max_replies").Number();
        return context.Evidence()
            .Value("rows_for_each_printed_instance", printed)
            .Value("rows_for_each_stored_instance", stored)
            .Require("the data set grows by no more than the stated factor", printed <= most && stored <= most)
            .Require("no instance has more replies than the stated factor", replies == most, Invariant($"{replies}"))
            .Explain(
                Invariant($"The data grow to {printed:F2} rows for each of the printed ranking instances ({stored:F2} for each stored ")
                    + Invariant($"one), within the stated factor of {most}; the configuration keeps at most {replies} replies."));
    }
}

using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS chapters 1 and 8: statements about the thesis itself.</summary>
internal sealed class Section1And8Statements : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S1-chapters", Chapters),
        new("CRS-S8-lora-scope", AdapterScope),
        new("CRS-S8.2-T24", CitedTable),
    ];

    private static Evidence Chapters(SpecContext context)
    {
        var chapters = context.Table("crs/contents").Rows.ToList();
        var fromBackground = chapters.Count - chapters.IndexOf("Background");
        var evidence = context.Evidence()
            .CompareExactly("from_background", context.Printed("count"), fromBackground)
            .Value("in_the_contents", chapters.Count);
        if (chapters.Count != fromBackground)
        {
            evidence.Reserve(
                "introduction",
                $"the contents list {chapters.Count} chapters; the stated number leaves out "
                    + $"{string.Join(", ", chapters.Take(chapters.Count - fromBackground))}");
        }

        return evidence.Explain(
            Invariant($"The contents list {chapters.Count} chapters, {fromBackground} of them from the background on, where the overview ")
                + "of the text begins.");
    }

    private static Evidence AdapterScope(SpecContext context)
    {
        var (reward, policy) = (Setting(context, "rm_code", "lora_r").Number(), Setting(context, "rl_code", "lora_r").Number());
        var (baseline, tuning) = (CodeText(context, "sft baseline"), CodeText(context, "sft baseline tuning"));
        return context.Evidence()
            .Value("rank_reward_model", reward)
            .Value("rank_policy", policy)
            .Value("base_tuning", tuning)
            .Require(
                "reward modelling and reinforcement learning use adapters", reward > 0 && policy > 0,
                Invariant($"ranks {reward} and {policy}"))
            .Require("the base is fully tuned", tuning == "full", tuning)
            .Explain(
                Invariant($"Adapters have rank {reward} in reward modelling and {policy} in reinforcement learning; their base {baseline} ")
                    + Invariant($"is a {tuning} fine-tuning."));
    }

    private static Evidence CitedTable(SpecContext context)
    {
        var columns = context.Table("crs/table-24").Columns;
        var preference = columns.Count(c =>
            c.Contains("pref", StringComparison.OrdinalIgnoreCase) || c.Contains("rank", StringComparison.OrdinalIgnoreCase));
        var (wide, narrow) = (Stored(context, "pref_rm_best_minus_worst"), Stored(context, "abs_rm_best_minus_worst"));
        var evidence = context.Evidence()
            .Value("score_columns", columns.Count)
            .Value("columns_of_a_preference_model", preference)
            .Value("preference_best_minus_worst", wide)
            .Value("absolute_best_minus_worst", narrow)
            .Require("preference scores spread wider than absolute ones", wide > narrow, Invariant($"{wide:F5} against {narrow:F6}, of ")
                + "human-ranked replies; the 400 scores of Figure 24 are not released");
        if (preference == 0)
        {
            evidence.Reserve("reference", "Table 24 has absolute models alone; Figure 24, of the same number, shows the scores of both");
        }

        return evidence.Explain(
            Invariant($"Table 24 has {columns.Count} score columns ({string.Join(", ", columns)}), {preference} of them of a preference ")
                + "model. Figure 24 is the one that sets the scores of both reward models beside each other.");
    }
}

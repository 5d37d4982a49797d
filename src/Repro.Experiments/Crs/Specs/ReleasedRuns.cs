using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>What the released settings say about runs that the thesis compares and about running the release: Figure 23, section 6.3,
/// Table 28, sampler, versions, reward branch.</summary>
internal sealed class ReleasedRuns : ISpecGroup
{
    private const string CodeTable = "crs/released-rl-code";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-F23-controlled", ControlledRuns),
        new("CRS-S6.3-confounded", DoubleLora),
        new("CRS-X-sampler", Samplers),
        new("CRS-X-versions", Versions),
        new("CRS-X-rl-branch", SingleReward),
        new("CRS-T28-lengths", ExampleLengths),
    ];

    private static Evidence ControlledRuns(SpecContext context)
    {
        var (first, second) = (
            Setting(context, "other_run_name", "kl_002 run").Current, Setting(context, "other_run_name", "kl_015 run").Current);
        var others = RunNameParts.Differences(first, second).Where(d => d.Setting != "kl").ToList();
        var described = string.Join(", ", others.Select(d => $"{d.Setting} {d.First} against {d.Second}"));
        var evidence = context.Evidence()
            .Compare("coefficient_of_the_first_run", context.Printed("first"), RunName.Fraction(first, "kl"))
            .Compare("coefficient_of_the_second_run", context.Printed("second"), RunName.Fraction(second, "kl"))
            .Value("other_differences", others.Count)
            .Value("differing_settings", described)
            .Undecided("whether the plotted runs differ in the coefficient only", $"the only recorded run with the larger coefficient "
                + $"also differs in {described}; the release does not say that it is the plotted one");
        return evidence.Explain(
            Invariant($"The recorded names of the runs with coefficients {RunName.Fraction(first, "kl")} and ")
                + Invariant($"{RunName.Fraction(second, "kl")} differ in {others.Count} further ")
                + Invariant($"{(others.Count == 1 ? "setting" : "settings")}{(others.Count == 0 ? string.Empty : $": {described}")}. ")
                + "It is the only recorded run with the larger coefficient; whether it is the plotted one cannot "
                + "be told from the release.");
    }

    private static Evidence DoubleLora(SpecContext context)
    {
        var older = context.Table("crs/rl-revisions");
        var evidence = context.Evidence();
        var changed = new List<string>();
        foreach (var row in older.Rows)
        {
            var released = Setting(context, older.CellText(row, "section"), older.CellText(row, "key")).Number();
            var before = older[row, "value"].AsInput();
            evidence.Value($"{row}, own SFT base", before).Value($"{row}, release", released);
            if (before != released)
            {
                changed.Add(Invariant($"{row} {before} to {released}"));
            }
        }

        return evidence.Value("compared", older.Rows.Count).Value("changed", changed.Count)
            .Require("other factors than the SFT base differ too, as the text concedes", changed.Count > 0, string.Join(", ", changed))
            .Reserve("revisions", "the two revisions at hand are not consecutive, so that how many settings changed together with the "
                + "base cannot be told")
            .Explain(
                $"Of {older.Rows.Count} settings of the revision that starts RL from the own, "
                    + $"merged SFT adapter {changed.Count} differ from the release, "
                    + "which starts from the external SFT "
                    + $"baseline{(changed.Count == 0 ? string.Empty : $": {string.Join(", ", changed)}")}. "
                    + "The comparison is with the released values, not with the first revision after the change; "
                    + "the text itself names other factors as possible.");
    }

    private static Evidence Samplers(SpecContext context)
    {
        var training = Setting(context, "rl_code", "sampler");
        var (final, second) = (Setting(context, "eval_code", "sampler_final"), Setting(context, "eval_code", "sampler_run1"));
        var (trained, evaluated, again) = (Options(training), Options(final), Options(second));
        var differing = evaluated.Where(o => !trained.Contains(o)).ToList();
        return context.Evidence()
            .Value("training", training.Current)
            .Value("final_evaluation", final.Current)
            .Value("second_run", second.Current)
            .Value("second_run_samples_like_training", again.All(trained.Contains))
            .Require("the final evaluation samples otherwise than training", differing.Count > 0, string.Join(", ", differing))
            .Require("the second run samples as training does", again.All(trained.Contains), string.Join(", ", again))
            .Explain(
                $"Training samples with {string.Join(", ", trained)}; the final evaluation with {string.Join(", ", evaluated)}; "
                    + $"the unreported second run with {string.Join(", ", again)}.");
    }

    // Whether sampling is on at all is listed for training only.
    private static List<string> Options(ReleasedSetting setting) => [.. setting.Items().Where(o => o != "do_sample")];

    private static Evidence Versions(SpecContext context)
    {
        var table = context.Table(CodeTable);
        var evidence = context.Evidence();
        var found = new List<string>();
        foreach (var library in new[] { "trl", "transformers" })
        {
            var (pinned, needed) = (table.CellText($"{library} pinned", "value"), table.CellText($"{library} needed", "value"));
            var feature = table.CellText($"{library} needed", "source");
            evidence.Value($"{library}_pinned", pinned).Value($"{library}_needed", needed)
                .Require(
                    $"{library} {pinned} is older than the {feature}", Version.Parse(pinned) < Version.Parse(needed), $"since {needed}");
            found.Add($"{library} {pinned} is pinned and the {feature} needs {needed}");
        }

        return evidence.Explain($"In the requirements {string.Join("; ", found)}.");
    }

    private static Evidence SingleReward(SpecContext context)
    {
        var table = context.Table(CodeTable);
        var branch = table.CellText("single reward branch", "value");
        var atZero = table["reward at weight zero", "value"].AsInput();
        var weight = Setting(context, "rl", "crs_weight").Number();
        return context.Evidence()
            .Value("single_reward_branch", branch)
            .Value("preference_weight_used_for_zero", atZero)
            .Value("released_weight", weight)
            .Require("the single-reward branch is not active", branch != "active", branch)
            .Require(
                "a preference weight of zero does not give the absolute reward alone", atZero != 0, Invariant($"falls back to {atZero}"))
            .Explain(
                Invariant($"In the released RL script the branch for a single reward model is {branch}, ")
                    + Invariant($"a preference weight of 0 is replaced by {atZero}, and the configured weight is {weight}; ")
                    + "the single-reward runs need an edited script.");
    }

    private static Evidence ExampleLengths(SpecContext context)
    {
        var table = context.Table("crs/table-28");
        var (logits, bounded) = (table["abs_rlhf_logits", "words"].AsInput(), table["abs_rlhf_bounded", "words"].AsInput());
        var dashes = table["abs_rlhf_logits", "list_dashes"].AsInput();
        return context.Evidence()
            .Value("words_logits", logits)
            .Value("words_logits_with_list_dashes", logits + dashes)
            .Value("words_bounded", bounded)
            .Value("ratio", logits / bounded)
            .Require("the logits model answers at greater length", logits > bounded, Invariant($"{logits} against {bounded} words"))
            .Explain(
                Invariant($"The printed response of the logits model has {logits} words ({logits + dashes} with its list dashes) and ")
                    + Invariant(
                        $"that of the bounded model {bounded}, counted in the text conversion without markup; one example is shown."));
    }
}

using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.2: how the supervised stages were trained.</summary>
internal sealed class Section52Supervised : ISpecGroup
{
    private static readonly (string Set, string Claim, string Cap)[] InstructionSets =
    [
        ("alpaca", "CRS-S5.1.1-alpaca", "alpaca.max_val_set"),
        ("dolly", "CRS-S5.1.1-dolly", "dolly.max_val_set"),
        ("gsm8k", "CRS-S5.1.1-gsm8k", "math_instruction.max_val_set"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.2-epochs-pre", c => AgainstSetting(c, c.Printed("value"), "pre_sft", "num_train_epochs")),
        new("CRS-S5.2-epochs-sft", SftEpochs),
        new("CRS-S5.2-maxlen", c => AgainstSetting(c, c.Printed("value"), "default", "collator.max_length")),
        new("CRS-S5.2-val-cap", EvaluationShare),
        new("CRS-S5.2-three-epochs", ThreeEpochs),
    ];

    private static Evidence SftEpochs(SpecContext context)
    {
        var printed = context.Printed("value");
        var setting = Setting(context, "sft", "num_train_epochs");
        var run = Setting(context, "sft", "run_name_suffix").Current;
        var named = RunName.Integer(run, "ep");
        var older = Code(context, "sft epochs before 2023-11-06");
        var evidence = context.Evidence().Value("released", setting.Number()).Value("named", named)
            .CompareExactly("older_revision", printed, older);
        if (setting.Number() != older || named != older)
        {
            evidence.Reserve("revision", Invariant($"the release has {setting.Number()}, and the run is named for {named}"));
        }

        return evidence.Explain(
            Invariant($"{TextAgainstCode.Describe(printed, setting)} Revisions before 2023-11-06 had ")
                + Invariant($"{Code(context, "sft epochs before 2023-11-06")}. The name of the run that reinforcement learning started ")
                + Invariant($"from ({run}) carries {named}."));
    }

    private static Evidence EvaluationShare(SpecContext context)
    {
        var printed = context.Printed("value");
        var split = Code(context, "evaluation share") / 100;
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (set, claim, cap) in InstructionSets)
        {
            var rows = context.Printed(claim, "value").AsInput();
            var kept = Math.Min(split * rows, Setting(context, "pre_sft", cap).Number());
            evidence.Value($"{set}_percent", 100 * kept / rows);
            parts.Add(Invariant($"{kept:F0} of {rows:F0} for {set} ({100 * kept / rows:F2}%)"));
        }

        return evidence.Compare("split_off_percent", printed, 100 * split)
            .Reserve("cap", $"of the rows split off only some are evaluated: {string.Join(", ", parts)}")
            .Explain(Invariant($"The code splits off {100 * split}% and then caps the evaluation rows: {string.Join(", ", parts)}."));
    }

    private static Evidence ThreeEpochs(SpecContext context) => context.Evidence()
        .Value("checkpoint", CodeText(context, "sft baseline"))
        .Absent(
            "epochs of the external checkpoint",
            "the release names the checkpoint and not how it was trained; its training log or card would settle it")
        .Explain(
            $"The stated {context.Printed("value").Text} epochs belong to the external checkpoint {CodeText(context, "sft baseline")}; "
                + "neither the release nor the configuration says how long it was trained.");
}

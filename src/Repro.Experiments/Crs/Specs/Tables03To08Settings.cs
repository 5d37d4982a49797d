using System.Globalization;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 3: settings of the two supervised stages against the released configuration and code.</summary>
internal sealed class Table03SupervisedSettings : ISpecGroup
{
    private const string Table = "crs/table-03";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        Number("beta1", "Adam Beta 1", "default", "adam_beta1"),
        Number("beta2", "Adam Beta 2", "default", "adam_beta2"),
        new("CRS-T3-eps", Epsilon),
        Number("lr", "LR", "default", "lr"),
        new("CRS-T3-scheduler", c => SharedSettings.Scheduler(c, Table)),
        Number("warmup", "Warmup Ratio", "default", "warmup_ratio"),
        Number("gradnorm", "Max Gradient Norm", "default", "max_grad_norm"),
        new("CRS-T3-optimizer", c => SharedSettings.Optimizer(c, Table, "supervised optimizer")),
        Number("accum", "Gradient Accumulation Steps", "sft", "gradient_accumulation_steps"),
        new("CRS-T3-batch", Batch),
        new("CRS-T3-lora_r", c => SharedSettings.Code(c, Table, "Lora r", "supervised lora r")),
        new("CRS-T3-lora_alpha", c => SharedSettings.Code(c, Table, "Lora alpha", "supervised lora alpha")),
        new("CRS-T3-lora_targets", c => SharedSettings.LoraTargets(c, Table, CodeText(c, "supervised lora targets"), "the released code")),
    ];

    private static Spec Number(string claim, string row, string section, string key) =>
        new($"CRS-T3-{claim}", c => AgainstSetting(c, c.Table(Table)[row, "value"], section, key));

    // Each printed setting is compared by itself; that no revision has both is a reservation.
    private static Evidence Epsilon(SpecContext context)
    {
        var printed = context.Table(Table)["Adam Epsilon", "value"];
        var beta = context.Table(Table)["Adam Beta 2", "value"];
        var epsilon = Setting(context, "default", "adam_epsilon");
        var beta2 = Setting(context, "default", "adam_beta2");
        var epsilonPeriods = epsilon.PeriodsOf(printed.AsTarget());
        var betaPeriods = beta2.PeriodsOf(beta.AsInput());
        var together = epsilonPeriods.Any(e => betaPeriods.Any(e.Overlaps));
        var evidence = TextAgainstCode.AddNumber(context.Evidence(), printed, epsilon);
        if (!together)
        {
            evidence.Reserve("beta 2", $"no revision has epsilon {printed.Text} and beta 2 {beta.Text} together: epsilon "
                + $"{string.Join(", ", epsilonPeriods)}; beta 2 {string.Join(", ", betaPeriods)}");
        }

        return evidence.Explain($"{TextAgainstCode.Describe(printed, epsilon)} Beta 2 is {beta.Text} "
            + $"{string.Join(" and ", betaPeriods)}, so {(together ? "a" : "no")} revision has both printed values.");
    }

    private static Evidence Batch(SpecContext context)
    {
        var printed = context.Table(Table)["batch size", "value"];
        var perDevice = Setting(context, "sft", "train_batch");
        var steps = Setting(context, "sft", "gradient_accumulation_steps").Number();
        var named = RunName.Integer(Setting(context, "sft", "run_name_suffix").Current, "bs");
        return TextAgainstCode.AddNumber(context.Evidence(), printed, perDevice)
            .Value("effective", perDevice.Number() * steps)
            .Value("named", named)
            .Require("the run name carries the effective batch", perDevice.Number() * steps == named)
            .Explain(
                Invariant($"{TextAgainstCode.Describe(printed, perDevice)} Times {steps} accumulation steps it is ")
                    + Invariant($"{perDevice.Number() * steps}; the run name carries {named}."));
    }
}

/// <summary>CRS Table 5: settings of the reward models against the released configuration and code.</summary>
internal sealed class Table05RewardModelSettings : ISpecGroup
{
    private const string Table = "crs/table-05";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        Number("beta1", "Adam Beta 1", "default", "adam_beta1"),
        Number("beta2", "Adam Beta 2", "default", "adam_beta2"),
        new("CRS-T5-eps", Epsilon),
        Number("lr", "LR", "default", "lr"),
        new("CRS-T5-scheduler", c => SharedSettings.Scheduler(c, Table)),
        Number("warmup", "Warmup Ratio", "default", "warmup_ratio"),
        Number("gradnorm", "Max Gradient Norm", "default", "max_grad_norm"),
        new("CRS-T5-optimizer", c => SharedSettings.Optimizer(c, Table, "reward model optimizer")),
        Number("accum", "Gradient Accumulation Steps", "rm", "gradient_accumulation_steps"),
        Number("lora_r", "Lora r", "rm_code", "lora_r"),
        Number("lora_alpha", "Lora alpha", "rm_code", "lora_alpha"),
        new(
            "CRS-T5-lora_targets",
            c => SharedSettings.LoraTargets(c, Table, Setting(c, "rm_code", "lora_target_modules").Current, "the released code")),
        new("CRS-T5-batch-arith", BatchArithmetic),
    ];

    private static Spec Number(string claim, string row, string section, string key) =>
        new($"CRS-T5-{claim}", c => AgainstSetting(c, c.Table(Table)[row, "value"], section, key));

    private static Evidence Epsilon(SpecContext context)
    {
        var printed = context.Table(Table).CellText("Adam Epsilon", "value");
        var released = Setting(context, "default", "adam_epsilon");
        return context.Evidence()
            .Value("released", released.Current.Length == 0 ? "(blank)" : released.Current)
            .Require(
                "neither text nor configuration gives a value",
                printed == "(not specified)" && released.Current.Length == 0,
                $"printed '{printed}', released '{released.Current}'")
            .Explain(
                $"The text prints '{printed}'; the released {released.Name} "
                    + (released.Current.Length == 0 ? "is left blank, so the default of the library applies." : $"is {released.Current}."));
    }

    private static Evidence BatchArithmetic(SpecContext context)
    {
        var steps = context.Table(Table)["Gradient Accumulation Steps", "value"].AsInput();
        var preference = context.Printed("CRS-S5.3-batch-pref", "value").AsInput();
        var absolute = context.Printed("CRS-S5.3-batch-abs", "value").AsInput();
        var (first, second) = (preference / steps, absolute / steps);
        return context.Evidence()
            .Value("per_device_preference", first)
            .Value("per_device_absolute", second)
            .Require(
                "both stated batches are whole rows for each step", first == Math.Floor(first) && second == Math.Floor(second),
                Invariant($"{first} and {second}"))
            .Explain(Invariant($"With {steps} accumulation steps the stated batches of {preference} and {absolute} need {first} and ")
                + Invariant($"{second} rows for each step; section 5.3 gives both models the settings of the table except for the batch ")
                + "size.");
    }
}

/// <summary>CRS Table 8: settings of the reinforcement learning stage against the released configuration and code.</summary>
internal sealed class Table08RlSettings : ISpecGroup
{
    private const string Table = "crs/table-08";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T8-betas", Betas),
        Number("eps", "Adam Epsilon", "rl_code", "adam_eps"),
        Number("wd", "Weight Decay", "rl_code", "adam_weight_decay"),
        Number("lr", "LR", "rl", "learning_rate"),
        new("CRS-T8-batch", Batch),
        Number("ppo_epochs", "PPO epoch", "rl", "ppo_epochs"),
        new("CRS-T8-kl", InitialKl),
        new("CRS-T8-clip", Clip),
        Number("scoreclip", "Score clip", "rl_code", "score_clip"),
        Number("lora_r", "Lora r", "rl_code", "lora_r"),
        Number("lora_alpha", "Lora alpha", "rl_code", "lora_alpha"),
        new("CRS-T8-lora_targets", Targets),
    ];

    private static Spec Number(string claim, string row, string section, string key) =>
        new($"CRS-T8-{claim}", c => AgainstSetting(c, c.Table(Table)[row, "value"], section, key));

    private static Evidence Betas(SpecContext context)
    {
        var released = Setting(context, "rl_code", "adam_betas");
        var table = context.Table(Table);
        var evidence = context.Evidence();
        foreach (var (row, index) in new[] { ("Adam Beta 1", 0), ("Adam Beta 2", 1) })
        {
            evidence.CompareExactly(row, table[row, "value"], double.Parse(released.Items()[index], CultureInfo.InvariantCulture));
        }

        return evidence.Explain(
            $"The text prints {table["Adam Beta 1", "value"].Text} and {table["Adam Beta 2", "value"].Text}; "
                + $"the released {released.Name} is {string.Join(" and ", released.Items())}.");
    }

    private static Evidence Batch(SpecContext context)
    {
        var printed = context.Table(Table)["Batch size", "value"];
        var batch = Setting(context, "rl", "batch_size");
        var mini = Setting(context, "rl", "mini_batch_size").Number();
        var steps = Setting(context, "rl", "gradient_accumulation_steps").Number();
        return TextAgainstCode.AddNumber(context.Evidence(), printed, batch)
            .Value("optimizer_batch", mini * steps)
            .Require("mini-batch times accumulation gives the batch", mini * steps == batch.Number(), Invariant($"{mini} x {steps}"))
            .Explain(
                Invariant($"{TextAgainstCode.Describe(printed, batch)} A mini-batch of {mini} times {steps} accumulation ")
                    + Invariant($"steps gives {mini * steps}."));
    }

    private static Evidence InitialKl(SpecContext context)
    {
        var printed = context.Table(Table)["Initial KL co-efficient", "value"];
        var setting = Setting(context, "rl", "init_kl_coef");
        var run = Setting(context, "other_run_name", "kl_002 run").Current;
        var named = RunName.Fraction(run, "kl");
        return TextAgainstCode.AddNumber(context.Evidence(), printed, setting)
            .Value("named", named)
            .Check("run name", printed, named)
            .Explain(
                Invariant($"{TextAgainstCode.Describe(printed, setting)} The name of the final run carries {named}, ")
                    + Invariant($"read as its clip range {RunName.Fraction(run, "clip")} is."));
    }

    private static Evidence Clip(SpecContext context)
    {
        var printed = context.Table(Table)["Clip range & value", "value"];
        var policy = Setting(context, "rl_code", "cliprange").Number();
        var value = Setting(context, "rl_code", "cliprange_value").Number();
        var named = RunName.Fraction(Setting(context, "other_run_name", "kl_002 run").Current, "clip");
        return context.Evidence()
            .CompareExactly("policy", printed, policy)
            .CompareExactly("value", printed, value)
            .CompareExactly("run_name", printed, named)
            .Explain(
                Invariant($"The text prints {printed.Text}; the released clip ranges are {policy} for the policy and {value} for the ")
                    + Invariant($"value head, and the run name carries {named}."));
    }

    private static Evidence Targets(SpecContext context)
    {
        var configured = Setting(context, "rl_code", "lora_target_modules").Current;
        var given = configured != "(not given)";
        return SharedSettings.LoraTargets(
            context,
            Table,
            given ? configured : CodeText(context, "rl default lora targets"),
            given ? "the released code" : "the default of the library, since the released code names no target,");
    }
}

/// <summary>Checks that Tables 3, 5 and 8 share.</summary>
internal static class SharedSettings
{
    internal static Evidence Scheduler(SpecContext context, string table) =>
        TextAgainstCode.Name(
            context,
            context.Table(table).CellText("LR Scheduler Type", "value"),
            Setting(context, "default", "lr_scheduler_type").Current,
            "the released default.lr_scheduler_type");

    internal static Evidence Code(SpecContext context, string table, string row, string codeRow) =>
        TextAgainstCode.Number(context, context.Table(table)[row, "value"], ReleasedValues.Code(context, codeRow), "the released code");

    // AdamW differs from Adam by its decoupled weight decay only; without decay both make the same update.
    internal static Evidence Optimizer(SpecContext context, string table, string codeRow)
    {
        var printed = context.Table(table).CellText("Optimizer", "value");
        var released = CodeText(context, codeRow);
        var decay = Setting(context, "default", "weight_decay").Number();
        var same = released == printed || (released == $"{printed}W" && decay == 0);
        return context.Evidence()
            .Value("released", released)
            .Value("weight_decay", decay)
            .Require(
                "the released optimizer makes the updates of the printed one",
                same,
                Invariant($"printed {printed}, released {released} with weight decay {decay}"))
            .Explain(
                Invariant($"The text prints {printed}; the released code uses {released} with weight decay {decay}, ")
                    + Invariant($"{(same ? "which is the same update" : "which is another update")}."));
    }

    internal static Evidence LoraTargets(SpecContext context, string table, string released, string source)
    {
        var printed = context.Table(table).CellText("Lora Target Module", "value");
        var targets = Procedures.LoraTargets.Parse(released);
        var stated = string.Equals(printed, "All", StringComparison.OrdinalIgnoreCase)
            ? LoraSize.LinearLayers
            : Procedures.LoraTargets.Parse(printed).Layers;
        var evidence = context.Evidence()
            .Value("released", released)
            .Value("adapted_layers_per_block", targets.Layers.Count)
            .Value("linear_layers_per_block", LoraSize.LinearLayers.Count)
            .Require(
                "the adapters are where the text puts them",
                targets.Layers.ToHashSet(StringComparer.Ordinal).SetEquals(stated),
                $"{targets.Layers.Count} of {LoraSize.LinearLayers.Count} linear layers of a block");
        if (targets.CoversAll && targets.Exceptions.Count > 0)
        {
            evidence.Reserve("output layers", $"{string.Join(" and ", targets.Exceptions)} carry no adapter");
        }

        return evidence.Explain(
            $"The text prints '{printed}'; in {source} the adapters are on {released}: "
                + $"{targets.Layers.Count} of the {LoraSize.LinearLayers.Count} linear layers of each block.");
    }
}

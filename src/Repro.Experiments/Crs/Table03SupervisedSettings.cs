using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 3: settings of the two supervised stages against the released configuration and code.</summary>
public sealed class Table03SupervisedSettings : ISpecGroup
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

    // The epsilon of an older revision counts only if a revision has it together with the other printed settings of the optimizer.
    private static Evidence Epsilon(SpecContext context)
    {
        var printed = context.Table(Table)["Adam Epsilon", "value"];
        var beta = context.Table(Table)["Adam Beta 2", "value"];
        var epsilon = Setting(context, "default", "adam_epsilon");
        var beta2 = Setting(context, "default", "adam_beta2");
        var epsilonPeriods = epsilon.PeriodsOf(printed.AsTarget());
        var betaPeriods = beta2.PeriodsOf(beta.AsInput());
        var together = epsilonPeriods.Any(e => betaPeriods.Any(e.Overlaps));
        return TextAgainstCode.AddNumber(context.Evidence(), printed, epsilon)
            .Require($"a revision has epsilon {printed.Text} and beta 2 {beta.Text} together", together, $"epsilon {string.Join(", ", epsilonPeriods)}; beta 2 {string.Join(", ", betaPeriods)}")
            .Explain($"{TextAgainstCode.Describe(printed, epsilon)} Beta 2 is {beta.Text} {string.Join(" and ", betaPeriods)}, so {(together ? "a" : "no")} revision has both printed values.");
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
            .Explain(Invariant($"{TextAgainstCode.Describe(printed, perDevice)} Times {steps} accumulation steps it is {perDevice.Number() * steps}; the run name carries {named}."));
    }
}

using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 5: settings of the reward models against the released configuration and code.</summary>
public sealed class Table05RewardModelSettings : ISpecGroup
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
        new("CRS-T5-lora_targets", c => SharedSettings.LoraTargets(c, Table, Setting(c, "rm_code", "lora_target_modules").Current, "the released code")),
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
            .Require("neither text nor configuration gives a value", printed == "(not specified)" && released.Current.Length == 0, $"printed '{printed}', released '{released.Current}'")
            .Explain($"The text prints '{printed}'; the released {released.Name} {(released.Current.Length == 0 ? "is left blank, so the default of the library applies" : $"is {released.Current}")}.");
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
            .Require("one per-device batch gives both stated batches", first == second, Invariant($"{first} and {second}"))
            .Explain(Invariant($"With {steps} accumulation steps the stated batches of {preference} and {absolute} need {first} and {second} rows for each step; the table gives one set of settings for both models."));
    }
}

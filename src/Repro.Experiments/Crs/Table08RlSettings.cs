using System.Globalization;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 8: settings of the reinforcement learning stage against the released configuration and code.</summary>
public sealed class Table08RlSettings : ISpecGroup
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

        return evidence.Explain($"The text prints {table["Adam Beta 1", "value"].Text} and {table["Adam Beta 2", "value"].Text}; the released {released.Name} is {string.Join(" and ", released.Items())}.");
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
            .Explain(Invariant($"{TextAgainstCode.Describe(printed, batch)} A mini-batch of {mini} times {steps} accumulation steps gives {mini * steps}."));
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
            .Explain(Invariant($"{TextAgainstCode.Describe(printed, setting)} The name of the final run carries {named}, read as its clip range {RunName.Fraction(run, "clip")} is."));
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
            .Explain(Invariant($"The text prints {printed.Text}; the released clip ranges are {policy} for the policy and {value} for the value head, and the run name carries {named}."));
    }

    private static Evidence Targets(SpecContext context)
    {
        var configured = Setting(context, "rl_code", "lora_target_modules").Current;
        var given = configured != "(not given)";
        return SharedSettings.LoraTargets(context, Table, given ? configured : CodeText(context, "rl default lora targets"), given ? "the released code" : "the default of the library, since the released code names no target,");
    }
}

using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.3: how the reward models were trained.</summary>
internal sealed class Section53RewardModels : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3-batch-pref", c => Batch(c, "preference_adapter_name", configured: false)),
        new("CRS-S5.3-batch-abs", c => Batch(c, "absolute_adapter_name", configured: true)),
        new("CRS-S5.3-maxlen", Lengths),
        new("CRS-S5.3-one-epoch", OneEpoch),
    ];

    // The released configuration is the one of the absolute model; the preference model was trained before it.
    private static Evidence Batch(SpecContext context, string key, bool configured)
    {
        var printed = context.Printed("value");
        var adapter = Setting(context, "rm", key).Current;
        var named = RunName.Integer(adapter, "bs");
        var batch = Setting(context, "rm", "train_batch").Number() * Setting(context, "rm", "gradient_accumulation_steps").Number();
        var evidence = context.Evidence().CompareExactly("adapter_name", printed, named);
        _ = configured ? evidence.CompareExactly("configured", printed, batch) : evidence.Value("configured", batch);
        return evidence.Explain(
            Invariant($"The text prints {printed.Text}; the released adapter {adapter} carries {named}. ")
                + Invariant($"The released configuration gives {batch}."));
    }

    private static Evidence Lengths(SpecContext context)
    {
        var (longest, prompt) = (context.Printed("longest"), context.Printed("prompt"));
        var released = Setting(context, "default", "collator.max_length");
        var least = Code(context, "reward model prompt tokens at least");
        return context.Evidence()
            .CompareExactly("longest", longest, released.Number())
            .CompareExactly("prompt", prompt, least)
            .Explain(
                Invariant($"{TextAgainstCode.Describe(longest, released)} The text keeps at least {prompt.Text} tokens of the ")
                    + Invariant($"prompt, the code {least}."));
    }

    private static Evidence OneEpoch(SpecContext context)
    {
        var printed = context.Printed("value");
        var setting = Setting(context, "rm", "num_train_epochs");
        var evidence = TextAgainstCode.AddNumber(context.Evidence(), printed, setting);
        foreach (var key in new[] { "preference_adapter_name", "absolute_adapter_name" })
        {
            evidence.CompareExactly(key, printed, RunName.Integer(Setting(context, "rm", key).Current, "ep"));
        }

        return evidence.Explain(
            Invariant($"{TextAgainstCode.Describe(printed, setting)} The names of the released adapters carry ")
                + Invariant($"{RunName.Integer(Setting(context, "rm", "preference_adapter_name").Current, "ep")} and ")
                + Invariant($"{RunName.Integer(Setting(context, "rm", "absolute_adapter_name").Current, "ep")}."));
    }
}

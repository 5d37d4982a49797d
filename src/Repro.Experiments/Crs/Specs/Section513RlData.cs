using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS sections 5.1.3 and 5.4: the prompts of reinforcement learning and their limits.</summary>
internal sealed class Section513RlData : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.3-fractions", Fractions),
        new("CRS-S5.1.3-random-subset", RandomSubset),
        new("CRS-S5.4-tokens", Tokens),
        new("CRS-S5.4-prompt-filter", PromptFilter),
        new("CRS-S5.4-kept", Kept),
    ];

    private static Evidence Fractions(SpecContext context)
    {
        var rows = context.Printed("CRS-S5.4-kept", "value").AsInput();
        var batch = Setting(context, "rl", "batch_size").Number();
        var tuning = context.Printed("tuning").AsRateInput() * rows;
        var released = Setting(context, "rl_code", "train_fraction").Number();
        var steps = Math.Floor(released * rows / batch);
        var lastStep = Stored(context, "rl_last_step_number");
        return context.Evidence()
            .CompareExactly("final_percent", context.Printed("final"), 100 * released)
            .Value("tuning_prompts", tuning)
            .Value("tuning_steps", Math.Floor(tuning / batch))
            .Value("final_prompts", released * rows)
            .Value("final_steps", steps)
            .Require("the final steps are those of the stored runs", steps == lastStep, Invariant($"{steps} and {lastStep}"))
            .Explain(
                Invariant($"The printed shares of {rows} prompts are {tuning} and {released * rows}, ")
                    + Invariant($"or {Math.Floor(tuning / batch)} and {steps} batches of {batch}; ")
                    + Invariant($"the released fraction is {released} and the stored runs end at step {lastStep}."));
    }

    private static Evidence RandomSubset(SpecContext context)
    {
        var order = CodeText(context, "rl prompt order");
        var seed = Code(context, "rl prompt seed");
        var fraction = Setting(context, "rl_code", "train_fraction").Number();
        return context.Evidence()
            .Value("order", order)
            .Value("seed", seed)
            .Value("fraction", fraction)
            .Require("the prompts are shuffled before the subset is taken", order == "shuffled", order)
            .Explain(
                Invariant($"The released code has the prompts {order} with seed {seed} and takes the first {100 * fraction}%: ")
                    + "a random subset, the same in every run.");
    }

    private static Evidence Tokens(SpecContext context)
    {
        var sum = context.Printed("prompt").AsInput() + context.Printed("response").AsInput();
        var released = Setting(context, "rl_code", "max_prompt_tokens").Number() + Setting(context, "rl_code", "max_new_tokens").Number();
        return context.Evidence()
            .CompareExactly("total", context.Printed("total"), sum)
            .CompareExactly("released_total", context.Printed("total"), released)
            .Explain(Invariant($"The printed limits add up to {sum}, the released ones to {released}."));
    }

    private static Evidence PromptFilter(SpecContext context)
    {
        var printed = context.Printed("value");
        var limit = Setting(context, "rl_code", "max_prompt_tokens");
        var longer = CodeText(context, "rl prompts over the limit");
        var (before, after) = (Stored(context, "rl_train_prompts"), Stored(context, "rl_train_prompts_le_1024_tokens"));
        return TextAgainstCode.AddNumber(context.Evidence(), printed, limit)
            .Value("longer_prompts", longer)
            .Value("prompts_over_the_limit", before - after)
            .Require("longer prompts are dropped", longer == "dropped", longer)
            .Explain(
                Invariant($"{TextAgainstCode.Describe(printed, limit)} Longer prompts are {longer}; ")
                    + Invariant($"by the stored counts {before - after} of {before} prompts are longer."));
    }

    // floor(floor(fraction * N) / batch) = last step holds for one stretch of N.
    private static Evidence Kept(SpecContext context)
    {
        var printed = context.Printed("value").AsInput();
        var (fraction, batch) = (Setting(context, "rl_code", "train_fraction").Number(), Setting(context, "rl", "batch_size").Number());
        var steps = Stored(context, "rl_last_step_number");
        var fewest = Math.Ceiling(steps * batch / fraction);
        var most = Math.Ceiling((steps + 1) * batch / fraction) - 1;
        var (before, rawText) = (Stored(context, "rl_train_prompts"), Stored(context, "rl_train_prompts_le_1024_tokens"));
        return context.Evidence()
            .Value("fewest", fewest)
            .Value("most", most)
            .Value("before_the_filter", before)
            .Value("kept_on_raw_text", rawText)
            .Require("the printed size fits the number of steps", printed >= fewest && printed <= most, Invariant($"{fewest} to {most}"))
            .Require("chat tags can only lower the count on raw text", printed <= rawText, Invariant($"{rawText}"))
            .Explain(
                Invariant($"{steps} batches of {batch} from {100 * fraction}% of the prompts mean {fewest} to {most} prompts; ")
                    + Invariant($"the text gives {printed}. The notebook counts {before} before the filter and {rawText} after it on ")
                    + "the text without chat tags.");
    }
}

using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs;

/// <summary>CRS section 6.1: the share of the data that the tuning runs use.</summary>
public sealed class Section61Tuning : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-S6.1-tuning-steps", Check)];

    private static Evidence Check(SpecContext context)
    {
        var settings = context.Artifact<TableFacts>("derived/config_values.csv");
        var numbers = context.Artifact<TableFacts>("derived/notebook_numbers.csv");
        var batch = (int)settings.Number("key", "batch_size", "value");
        var fraction = settings.Number("key", "train_fraction", "value");
        var lastStep = numbers.Number("key", "rl_last_step_number", "value");
        var instances = context.Printed("instances").AsInput();
        var share = context.Printed("share_of_section_5_1_3").AsRateInput();
        var prompts = share * instances;
        var steps = prompts / batch;
        var finalSteps = Math.Floor(fraction * instances / batch);
        return context.Evidence()
            .Compare("share", context.Printed("value"), 100 * prompts / instances)
            .Value("tuning_prompts", prompts)
            .Value("tuning_steps", steps)
            .Value("final_steps", finalSteps)
            .Sample("instances", (int)instances)
            .Require("a whole number of steps", steps == Math.Floor(steps))
            .Require("the same instances and batch size give the recorded number of steps of the final runs", finalSteps == lastStep, Invariant($"{fraction} x {instances} / {batch} = {fraction * instances / batch}, recorded {lastStep}"))
            .Explain(Invariant($"Section 5.1.3 takes {100 * share:F0}% of {instances} instances, which is {prompts:F0} prompts or {steps:F0} steps of {batch}; for the final runs the same numbers with the released fraction {fraction} give {finalSteps:F0} whole steps, and the released notebook counts {lastStep:F0}. Step counts of the tuning runs are not released."));
    }
}

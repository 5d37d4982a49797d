using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR section 4.2: the test set of the win rates, against its file.</summary>
public sealed class Section42TestSet : ISpecGroup
{
    private static readonly string[] DataSets = ["helpsteer", "prm800k"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-TESTSET", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<TestSetPlan>("adr/test-set");
        return context.Evidence()
            .CompareExactly("n", context.Printed("n"), plan.Samples)
            .Require("HelpSteer and PRM800K are the data sets", plan.DataSets.SequenceEqual(DataSets), string.Join(", ", plan.DataSets))
            .Reserve("which samples", "the samples were not released, and the paper does not say whether sizes are counted in rows, prompts or steps; the file draws by rows with a seed")
            .Explain(Invariant($"configs/adr/test-set.yaml draws {plan.Samples} samples of {string.Join(" and ", plan.DataSets)} in proportion to their rows with seed {plan.Seed}; the samples of the paper are not public."));
    }
}

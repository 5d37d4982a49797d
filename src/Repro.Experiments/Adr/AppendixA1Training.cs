using Repro.Core.Training.RewardModels;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR appendix A.1: how the process reward models were trained, against the file of that stage.</summary>
public sealed class AppendixA1Training : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPA-EPOCHS", Check)];

    private static Evidence Check(SpecContext context)
    {
        var config = context.Config<ProcessRewardConfig>("adr/prm");
        var formats = config.Data.Select(set => set.Format).ToList();
        return context.Evidence()
            .CompareExactly("epochs", context.Printed("epochs"), config.Epochs)
            .Require("the stage trains on step labels of PRM800K", formats.Contains("prm800k"), string.Join(", ", formats))
            .Reserve("sentence labels of HelpSteer", "they were not released: the public data set rates whole replies, which the outcome reward model uses")
            .Explain(Invariant($"configs/adr/prm.yaml trains {config.Epochs} epochs on {string.Join(" and ", formats)}; the sentence labels of HelpSteer are not public."));
    }
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ4")]
public sealed class AdrEq4Properties
{
    [Fact]
    public void The_objective_is_reward_less_beta_times_divergence() =>
        Check.That(
            "ADR-EQ4",
            Identity.Parts((PrefixTree.Numbers, Identity.Real(5)), (PrefixTree.Numbers, Identity.Real(5)), (PrefixTree.Sequences.Count, Identity.Real(4))),
            x => Identity.Holds(found => Equation04Objective.Case(found, new PrefixTree(x[0]), new PrefixTree(x[1]), x[2])));
}

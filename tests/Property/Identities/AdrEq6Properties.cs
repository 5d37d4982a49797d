using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ6")]
public sealed class AdrEq6Properties
{
    [Fact]
    public void The_loss_is_ln_2_at_the_reference_and_mirrors_under_a_swap() =>
        Check.That(
            "ADR-EQ6",
            Identity.Parts((4, Identity.LogProb(5)), (4, Identity.LogProb(5)), (4, Identity.LogProb(5)), (4, Identity.LogProb(5))),
            x => Identity.Holds(found => Equation06PreferenceOptimisation.Case(found, x[0], x[1], x[2], x[3])));
}

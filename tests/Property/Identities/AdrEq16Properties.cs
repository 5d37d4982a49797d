using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ16")]
public sealed class AdrEq16Properties
{
    private const int Tokens = 4;

    [Fact]
    public void The_loss_is_that_of_Eq_7_with_beta_1_and_the_mask_picks_its_tokens() =>
        Check.That(
            "ADR-EQ16",
            Identity.Parts((8, Identity.LogProb(4)), (8, Identity.Real(2)), (8, Identity.Bit), (8, Identity.Bit)),
            x => Identity.Holds(found => Equation16AdaptiveRejectionSampling.Case(
                found, x[0], [.. x[1].Select(Math.Abs)], Identity.NotEmpty(x[2], Tokens), x[3], rows: 2)));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ14")]
public sealed class AdrEq14Properties
{
    private const int Tokens = 4;

    [Fact]
    public void The_clipped_surrogate_times_the_mask_moves_kept_tokens_only() =>
        Check.That(
            "ADR-EQ14",
            Identity.Parts((8, Identity.LogProb(3)), (8, Identity.LogProb(3)), (8, Identity.Real(3)), (8, Identity.Bit), (8, Identity.Bit)),
            x => Identity.Holds(found => Equation14AdaptivePpo.Case(found, x[0], x[1], x[2], Identity.NotEmpty(x[3], Tokens), x[4], rows: 2)));
}

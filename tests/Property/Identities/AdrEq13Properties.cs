using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ13")]
public sealed class AdrEq13Properties
{
    [Fact]
    public void Exactly_one_of_both_masks_keeps_a_token() =>
        Check.That("ADR-EQ13", Identity.Parts((12, Identity.Coarse), (12, Identity.Bit), (1, Identity.Coarse)), x =>
            Identity.Holds(found => Equation13Masks.Case(found, x[0], x[1], x[2][0], rows: 3)));
}

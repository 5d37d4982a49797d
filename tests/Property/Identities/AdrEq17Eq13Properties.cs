using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ17-EQ13")]
public sealed class AdrEq17Eq13Properties
{
    [Fact]
    public void Without_offset_both_definitions_agree_but_at_the_threshold() =>
        Check.That("ADR-EQ17-EQ13", Identity.Response(1, 30, Identity.Coarse, (1, Identity.Coarse)), x =>
            Identity.Holds(found => Equation17TernaryMask.BoundaryCase(found, x[0], x[1][0])));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-SCHMITT-MEM")]
public sealed class AdrSchmittMemProperties
{
    [Fact]
    public void Memory_holds_the_state_in_the_neutral_zone_and_the_printed_mask_has_none() =>
        Check.That("ADR-SCHMITT-MEM", Identity.Response(1, 30, Identity.Coarse, (1, Identity.Coarse), (1, Identity.Coarse)), x =>
            Identity.Holds(found => Section41SchmittMemory.Case(found, x[0], x[1][0], Math.Abs(x[2][0]))));
}

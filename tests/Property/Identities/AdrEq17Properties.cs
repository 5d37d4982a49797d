using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ17")]
public sealed class AdrEq17Properties
{
    [Fact]
    public void Good_bad_and_neutral_tokens_partition_the_response() =>
        Check.That("ADR-EQ17", Identity.Response(1, 30, Identity.Coarse, (1, Identity.Coarse), (1, Identity.Coarse)), x =>
            Identity.Holds(found => Equation17TernaryMask.SetsCase(found, x[0], x[1][0], Math.Abs(x[2][0]))));
}

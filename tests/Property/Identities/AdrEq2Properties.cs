using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ2")]
public sealed class AdrEq2Properties
{
    private const int Tokens = 5;

    [Fact]
    public void Sums_of_token_rewards_take_the_place_of_sequence_rewards() =>
        Check.That(
            "ADR-EQ2",
            Identity.Parts((10, Identity.Real(4)), (10, Identity.Real(4)), (10, Identity.Bit), (10, Identity.Bit)),
            x => Identity.Holds(found => Equation02TokenSums.Case(
                found, x[0], x[1], Identity.NotEmpty(x[2], Tokens), Identity.NotEmpty(x[3], Tokens), Tokens)));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ15")]
public sealed class AdrEq15Properties
{
    private const int Tokens = 4;

    [Fact]
    public void Both_readings_are_dpo_with_all_ones_and_only_the_token_level_one_stops_gradients() =>
        Check.That(
            "ADR-EQ15",
            Identity.Parts(
                (8, Identity.LogProb(4)), (8, Identity.LogProb(4)), (8, Identity.Bit), (8, Identity.Bit),
                (8, Identity.LogProb(4)), (8, Identity.LogProb(4)), (8, Identity.Bit), (8, Identity.Bit), (1, Identity.Real(2))),
            x => Identity.Holds(found => Equation15AdaptiveDpo.Case(
                found,
                new(x[0], x[1], Identity.NotEmpty(x[2], Tokens), x[3], Tokens),
                new(x[4], x[5], Identity.NotEmpty(x[6], Tokens), x[7], Tokens),
                0.01 + Math.Abs(x[8][0]))));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ5")]
public sealed class AdrEq5Properties
{
    [Fact]
    public void The_two_way_softmax_is_the_sigmoid_of_the_difference() =>
        Check.That("ADR-EQ5", Identity.Parts((5, Identity.Real(100)), (5, Identity.Real(100))), x =>
            Identity.Holds(found => Equation05TwoWaySoftmax.Case(found, x[0], x[1])));
}

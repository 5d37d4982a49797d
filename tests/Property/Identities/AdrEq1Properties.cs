using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ1")]
public sealed class AdrEq1Properties
{
    [Fact]
    public void The_preference_is_a_sigmoid_that_swaps_to_its_complement_and_ignores_a_shift() =>
        Check.That("ADR-EQ1", Identity.Parts((5, Identity.Real(30)), (5, Identity.Real(30)), (1, Identity.Real(50))), x =>
            Identity.Holds(found => Equation01Preference.Case(found, x[0], x[1], x[2][0])));
}

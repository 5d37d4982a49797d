using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ11")]
public sealed class AdrEq11Properties
{
    [Fact]
    public void After_whitening_the_summed_squares_are_variance_times_length() =>
        Check.That("ADR-EQ11", Identity.Response(2, 50, Identity.Real(5)), x =>
            Identity.Holds(found => Equation11Whitening.Case(found, x[0])));
}

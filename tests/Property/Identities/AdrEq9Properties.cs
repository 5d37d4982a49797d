using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ9")]
public sealed class AdrEq9Properties
{
    [Fact]
    public void The_sequence_error_is_smallest_at_the_mean() =>
        Check.That("ADR-EQ9", Identity.Response(1, 40, Identity.Real(5), (1, Identity.Real(5))), x =>
            Identity.Holds(found => Equation09SequenceError.Case(found, x[0], x[1][0])));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ12")]
public sealed class AdrEq12Properties
{
    [Fact]
    public void The_total_error_is_error_within_runs_plus_noise_of_each_run() =>
        Check.That("ADR-EQ12", Identity.Response(1, 15, Identity.Coarse, (14, Identity.Bit), (1, Identity.Real(2))), x =>
            Identity.Holds(found => Equation12TotalError.Case(
                found, x[0], [0, .. Enumerable.Range(1, x[0].Length - 1).Where(i => x[1][i - 1] == 1)], Math.Abs(x[2][0]))));
}

using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ3")]
public sealed class AdrEq3Properties
{
    [Fact]
    public void The_sequence_log_probability_is_the_sum_of_those_of_its_tokens() =>
        Check.That("ADR-EQ3", Identity.Parts((PrefixTree.Numbers, Identity.Real(8))), x =>
            Identity.Holds(found => Equation03ChainRule.Case(found, new PrefixTree(x[0]))));
}

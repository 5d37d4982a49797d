using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-VOTE")]
public sealed class AdrVoteProperties
{
    [Fact]
    public void Majority_is_anonymous_and_neutral_and_asks_the_expert_on_ties_only() =>
        Check.That("ADR-VOTE", Identity.Response(1, 9, Identity.Bit, (1, Identity.Bit)), x =>
            Identity.Holds(found => Section42Votes.Case(found, [.. x[0].Select(vote => vote == 1)], x[1][0] == 1)));
}

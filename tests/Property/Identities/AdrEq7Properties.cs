using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-EQ7")]
public sealed class AdrEq7Properties
{
    private const int Rows = 2;
    private const int Tokens = 3;
    private const int Vocabulary = 4;

    [Fact]
    public void The_loss_is_negative_log_likelihood_plus_beta_times_divergence() =>
        Check.That(
            "ADR-EQ7",
            Identity.Parts(
                (Rows * Tokens * Vocabulary, Identity.Real(6)),
                (Rows * Tokens * Vocabulary, Identity.Real(6)),
                (Rows * Tokens, Identity.Token(Vocabulary)),
                (Rows * Tokens, Identity.Bit)),
            x => Identity.Holds(found => Equation07RejectionSampling.Case(
                found, x[0], x[1], [.. x[2].Select(id => (long)id)], Identity.NotEmpty(x[3], Tokens), Rows, Vocabulary)));
}

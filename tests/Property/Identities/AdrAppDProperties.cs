using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

[Trait("Claim", "ADR-APPD")]
public sealed class AdrAppDProperties
{
    private const int Rows = 2;
    private const int Tokens = 4;
    private const int Vocabulary = 3;

    [Fact]
    public void Masked_positions_contribute_nothing_to_loss_or_gradient() =>
        Check.That(
            "ADR-APPD",
            Identity.Parts((Rows * Tokens * Vocabulary, Identity.Real(8)), (Rows * Tokens, Identity.Token(Vocabulary)), (Rows * Tokens, Identity.Bit)),
            x => Identity.Holds(found => AppendixDLossMask.Case(
                found, x[0], [.. x[1].Select(id => (long)id)], Identity.NotEmpty(x[2], Tokens), Rows, Vocabulary)));
}

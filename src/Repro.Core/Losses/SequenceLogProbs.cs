using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Log-probabilities of whole responses: sums (ADR Eq. 3) or averages of those of their tokens.</summary>
public static class SequenceLogProbs
{
    /// <summary>The summed log-probability of the labelled tokens of each row; the shift to the next token happens inside.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 where the token counts; position 0 is never predicted.</param>
    /// <returns>Shape [batch]; 0 for a row that counts nothing.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, or a counted token is outside the vocabulary.</exception>
    public static Tensor Sum(Tensor logits, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return TokenLogProbs.Next(logits, tokens, mask).sum([1]).MoveToOuterDisposeScope();
    }

    /// <summary>The average log-probability of the counted tokens of each row.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one token after position 0.</param>
    /// <returns>Shape [batch].</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, a counted token is outside the vocabulary, or a row counts nothing.</exception>
    public static Tensor Average(Tensor logits, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Masked.MeanPerRow(TokenLogProbs.Next(logits, tokens, mask), mask.narrow(1, 1, mask.shape[1] - 1)).MoveToOuterDisposeScope();
    }
}

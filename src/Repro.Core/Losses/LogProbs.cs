using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Log-probabilities and entropies of tokens from logits, without a log-softmax table of the whole vocabulary.</summary>
/// <remarks>
/// Only counted positions are read: their rows are picked out first, so that a prompt costs nothing and NaN or infinity at ignored
/// positions (or ignored labels such as -100) reaches neither a result nor a gradient. Results are 0 at ignored positions.
/// </remarks>
public static class TokenLogProbs
{
    /// <summary>The log-probability of each token under the logits of the SAME position; nothing is shifted.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time]; from 0 to vocabulary - 1 where counted.</param>
    /// <param name="mask">Shape [batch, time]; null counts every position.</param>
    /// <returns>Shape [batch, time], dtype of the logits.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, or a counted token is outside the vocabulary.</exception>
    public static Tensor SamePosition(Tensor logits, Tensor tokens, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var (batch, time) = Check(logits, mask);
        TensorChecks.Shape(tokens, nameof(tokens), batch, time);
        if (tokens.dtype != ScalarType.Int64)
        {
            throw new ReproException($"tokens have dtype {tokens.dtype}; Int64 was expected.");
        }

        var rows = CountedRows.Pick(logits, mask);
        var targets = rows.Pick(tokens);
        InVocabulary(targets, logits.shape[2]);
        var chosen = rows.Values.gather(1, targets.unsqueeze(1)).squeeze(1);
        return rows.Scatter(chosen - rows.Values.logsumexp(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The log-probability of each next token: index t holds that of token t + 1 under the logits at position t.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; says which TOKENS count. The one at position 0 is never predicted.</param>
    /// <returns>Shape [batch, time - 1], dtype of the logits.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, fewer than two positions, or a counted token is outside the
    /// vocabulary.</exception>
    public static Tensor Next(Tensor logits, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (batch, time) = Check(logits, mask);
        TensorChecks.Shape(tokens, nameof(tokens), batch, time);
        if (time < 2)
        {
            throw new ReproException(Invariant($"logits have {time} positions; predicting a next token needs at least two."));
        }

        return SamePosition(logits.narrow(1, 0, time - 1), tokens.narrow(1, 1, time - 1), mask.narrow(1, 1, time - 1))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The entropy, in nats, of the distribution at each position. A logit of minus infinity is a removed token.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="mask">Shape [batch, time]; null counts every position.</param>
    /// <returns>Shape [batch, time], dtype of the logits.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit.</exception>
    public static Tensor Entropy(Tensor logits, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        Check(logits, mask);
        var rows = CountedRows.Pick(logits, mask);
        var present = rows.Values.masked_fill(rows.Values.isneginf(), 0);
        return rows.Scatter(rows.Values.logsumexp(1) - (rows.Values.softmax(1) * present).sum([1])).MoveToOuterDisposeScope();
    }

    private static (long Batch, long Time) Check(Tensor logits, Tensor? mask)
    {
        TensorChecks.Shape(logits, nameof(logits), TensorChecks.Any, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(logits, nameof(logits));
        var (batch, time) = (logits.shape[0], logits.shape[1]);
        if (mask is not null)
        {
            TensorChecks.Shape(mask, nameof(mask), batch, time);
        }

        return (batch, time);
    }

    private static void InVocabulary(Tensor tokens, long vocabulary)
    {
        if (tokens.numel() == 0)
        {
            return;
        }

        var (low, high) = (tokens.min().ToInt64(), tokens.max().ToInt64());
        if (low < 0 || high >= vocabulary)
        {
            throw new ReproException(
                Invariant(
                    $"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected."));
        }
    }
}

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
    /// <exception cref="ReproException">Shapes or dtypes do not fit, a counted token is outside the vocabulary, or a row counts
    /// nothing.</exception>
    public static Tensor Average(Tensor logits, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Masked.MeanPerRow(TokenLogProbs.Next(logits, tokens, mask), mask.narrow(1, 1, mask.shape[1] - 1)).MoveToOuterDisposeScope();
    }
}

/// <summary>Language-model cross entropy over counted tokens (ADR Appendix D).</summary>
public static class CrossEntropyLoss
{
    /// <summary>The loss of a causal language model: position t predicts token t + 1.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 where the TOKEN counts; position 0 is never predicted.</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, nothing counts, or, at sample level, a row counts nothing.</exception>
    public static Tensor Causal(Tensor logits, Tensor tokens, Tensor mask, LossReduction reduction = LossReduction.TokenLevel)
    {
        using var scope = NewDisposeScope();
        var logProbs = TokenLogProbs.Next(logits, tokens, mask);
        return Masked.Reduce(-logProbs, mask.narrow(1, 1, mask.shape[1] - 1), reduction).MoveToOuterDisposeScope();
    }

    /// <summary>Cross entropy of targets that are shifted already: position t predicts target t.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="targets">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="reduction">Over tokens, or over rows first.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, nothing counts, or, at sample level, a row counts nothing.</exception>
    public static Tensor SamePosition(Tensor logits, Tensor targets, Tensor mask, LossReduction reduction = LossReduction.TokenLevel)
    {
        using var scope = NewDisposeScope();
        return Masked.Reduce(-TokenLogProbs.SamePosition(logits, targets, mask), mask, reduction).MoveToOuterDisposeScope();
    }

    /// <summary>Poly loss: cross entropy + epsilon * (1 - p(target)), over all counted tokens. Targets are shifted already.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="targets">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="epsilon">Weight of the linear term.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, or nothing counts.</exception>
    public static Tensor Poly(Tensor logits, Tensor targets, Tensor mask, double epsilon)
    {
        using var scope = NewDisposeScope();
        var logProbs = TokenLogProbs.SamePosition(logits, targets, mask);
        return Masked.Mean(((1 - logProbs.exp()) * epsilon) - logProbs, mask).MoveToOuterDisposeScope();
    }
}

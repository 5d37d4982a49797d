using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Log-probabilities and entropies of tokens from logits, without a log-softmax table of the whole vocabulary.</summary>
/// <remarks>
/// Only counted positions are looked at: their rows are picked out first, so that a prompt costs nothing and NaN or infinity at ignored positions
/// (or ignored labels such as -100) reaches neither a result nor a gradient. Results are 0 at ignored positions.
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
        Guard.Shape(tokens, nameof(tokens), batch, time);
        if (tokens.dtype != ScalarType.Int64)
        {
            throw new ReproException($"tokens have dtype {tokens.dtype}; Int64 was expected.");
        }

        var rows = CountedRows.Pick(logits, mask);
        var targets = rows.Pick(tokens);
        InVocabulary(targets, logits.shape[2]);
        var chosen = rows.Values.gather(1, targets.unsqueeze(1)).squeeze(1);
        return rows.Spread(chosen - rows.Values.logsumexp(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The log-probability of each next token: index t holds that of token t + 1 under the logits at position t.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; says which TOKENS count. The one at position 0 is never predicted.</param>
    /// <returns>Shape [batch, time - 1], dtype of the logits.</returns>
    /// <exception cref="ReproException">Shapes or dtypes do not fit, fewer than two positions, or a counted token is outside the vocabulary.</exception>
    public static Tensor Next(Tensor logits, Tensor tokens, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (batch, time) = Check(logits, mask);
        Guard.Shape(tokens, nameof(tokens), batch, time);
        if (time < 2)
        {
            throw new ReproException(Invariant($"logits have {time} positions; predicting a next token needs at least two."));
        }

        return SamePosition(logits.narrow(1, 0, time - 1), tokens.narrow(1, 1, time - 1), mask.narrow(1, 1, time - 1)).MoveToOuterDisposeScope();
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
        return rows.Spread(rows.Values.logsumexp(1) - (rows.Values.softmax(1) * present).sum([1])).MoveToOuterDisposeScope();
    }

    private static (long Batch, long Time) Check(Tensor logits, Tensor? mask)
    {
        Guard.Shape(logits, nameof(logits), Guard.Any, Guard.Any, Guard.Any);
        Guard.Floating(logits, nameof(logits));
        var (batch, time) = (logits.shape[0], logits.shape[1]);
        if (mask is not null)
        {
            Guard.Shape(mask, nameof(mask), batch, time);
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
            throw new ReproException(Invariant($"tokens hold the id {(low < 0 ? low : high)} at a counted position; ids from 0 to {vocabulary - 1} were expected."));
        }
    }
}

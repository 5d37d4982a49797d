using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Language-model cross entropy over counted tokens (ADR Appendix D).</summary>
public static class CrossEntropyLoss
{
    /// <summary>The loss of a causal language model: position t predicts token t + 1.</summary>
    /// <param name="logits">Floating point, shape [batch, time, vocabulary].</param>
    /// <param name="tokens">int64, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 where the TOKEN is to be learnt; position 0 is never predicted.</param>
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

using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Token-level DPO: DPO's margin less the difference of the sequential KL(reference || policy) of both responses.</summary>
public static class TdpoLoss
{
    /// <summary>The sequential KL: KL(reference || policy) over the vocabulary, summed over the positions that predict a counted token.</summary>
    /// <param name="policyLogits">Floating point, shape [pairs, time, vocabulary].</param>
    /// <param name="referenceLogits">The same shape.</param>
    /// <param name="mask">Shape [pairs, time], 1 where the TOKEN counts; position 0 is never predicted.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor SequentialKl(Tensor policyLogits, Tensor referenceLogits, Tensor mask)
    {
        Guard.Shape(policyLogits, nameof(policyLogits), Guard.Any, Guard.Any, Guard.Any);
        Guard.Same(referenceLogits, nameof(referenceLogits), policyLogits, nameof(policyLogits));
        Guard.Shape(mask, nameof(mask), policyLogits.shape[0], policyLogits.shape[1]);
        var time = policyLogits.shape[1] - 1;
        using var scope = NewDisposeScope();
        return KlDivergence.Full(referenceLogits.narrow(1, 0, time), policyLogits.narrow(1, 0, time), mask.narrow(1, 1, time)).sum([1]).MoveToOuterDisposeScope();
    }

    /// <summary>TDPO1: -log sigmoid(beta * (h - (rejected KL - chosen KL))).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="chosenKl">Sequential KL of the preferred responses, shape [pairs].</param>
    /// <param name="rejectedKl">Sequential KL of the rejected responses, shape [pairs].</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor First(PairLogProbs pairs, Tensor chosenKl, Tensor rejectedKl, double beta)
    {
        Check(pairs, chosenKl, rejectedKl, beta);
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin((pairs.Margin - (rejectedKl - chosenKl)) * beta, 0).MoveToOuterDisposeScope();
    }

    /// <summary>TDPO2: -log sigmoid(beta * (h - alpha * (rejected KL - chosen KL without gradient))).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="chosenKl">Sequential KL of the preferred responses, shape [pairs].</param>
    /// <param name="rejectedKl">Sequential KL of the rejected responses, shape [pairs].</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="alpha">Weight of the KL difference, not negative.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Second(PairLogProbs pairs, Tensor chosenKl, Tensor rejectedKl, double beta, double alpha)
    {
        Check(pairs, chosenKl, rejectedKl, beta);
        Guard.NotNegative(alpha, nameof(alpha));
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin((pairs.Margin - ((rejectedKl - chosenKl.detach()) * alpha)) * beta, 0).MoveToOuterDisposeScope();
    }

    private static void Check(PairLogProbs pairs, Tensor chosenKl, Tensor rejectedKl, double beta)
    {
        DpoLoss.Check(pairs, beta);
        Guard.Same(chosenKl, nameof(chosenKl), pairs.PolicyChosen, nameof(pairs.PolicyChosen));
        Guard.Same(rejectedKl, nameof(rejectedKl), pairs.PolicyChosen, nameof(pairs.PolicyChosen));
        Guard.Finite(chosenKl, nameof(chosenKl));
        Guard.Finite(rejectedKl, nameof(rejectedKl));
    }
}

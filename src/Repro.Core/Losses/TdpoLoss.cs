using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Repro.Core.Losses;

/// <summary>Token-level DPO: DPO's margin less the difference of the sequential KL(reference || policy) of both responses.</summary>
public static class TdpoLoss
{
    /// <summary>The sequential KL: KL(reference || policy) over the vocabulary, summed over the positions that predict a counted
    /// token.</summary>
    /// <param name="policyLogits">Floating point, shape [pairs, time, vocabulary].</param>
    /// <param name="referenceLogits">The same shape.</param>
    /// <param name="mask">Shape [pairs, time], 1 where the TOKEN counts; position 0 is never predicted.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit.</exception>
    public static Tensor SequentialKl(Tensor policyLogits, Tensor referenceLogits, Tensor mask)
    {
        TensorChecks.Shape(policyLogits, nameof(policyLogits), TensorChecks.Any, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Same(referenceLogits, nameof(referenceLogits), policyLogits, nameof(policyLogits));
        TensorChecks.Shape(mask, nameof(mask), policyLogits.shape[0], policyLogits.shape[1]);
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
        TensorChecks.NotNegative(alpha, nameof(alpha));
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin((pairs.Margin - ((rejectedKl - chosenKl.detach()) * alpha)) * beta, 0).MoveToOuterDisposeScope();
    }

    private static void Check(PairLogProbs pairs, Tensor chosenKl, Tensor rejectedKl, double beta)
    {
        DpoLoss.Check(pairs, beta);
        TensorChecks.Same(chosenKl, nameof(chosenKl), pairs.PolicyChosen, nameof(pairs.PolicyChosen));
        TensorChecks.Same(rejectedKl, nameof(rejectedKl), pairs.PolicyChosen, nameof(pairs.PolicyChosen));
        TensorChecks.Finite(chosenKl, nameof(chosenKl));
        TensorChecks.Finite(rejectedKl, nameof(rejectedKl));
    }
}

/// <summary>The margin of a pair under an f-divergence between policy and reference. u and v are the probability ratios of the preferred
/// and the rejected response.</summary>
public abstract record DivergenceMargin
{
    private DivergenceMargin()
    {
    }

    /// <summary>The margin from the two log-ratios; belongs to the current dispose scope.</summary>
    internal abstract Tensor Margin(Tensor chosen, Tensor rejected);

    /// <summary>KL(policy || reference), plain DPO: log u - log v.</summary>
    public sealed record ReverseKl : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => chosen - rejected;
    }

    /// <summary>KL(reference || policy): 1/v - 1/u.</summary>
    public sealed record ForwardKl : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => (-rejected).exp() - (-chosen).exp();
    }

    /// <summary>Jensen-Shannon: log(2u / (1 + u)) - log(2v / (1 + v)).</summary>
    public sealed record JensenShannon : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected) => logsigmoid(chosen) - logsigmoid(rejected);
    }

    /// <summary>Alpha divergence: (v^-alpha - u^-alpha) / alpha.</summary>
    /// <param name="Coefficient">Alpha, not 0.</param>
    public sealed record Alpha(double Coefficient) : DivergenceMargin
    {
        internal override Tensor Margin(Tensor chosen, Tensor rejected)
        {
            TensorChecks.NotZero(Coefficient, nameof(Coefficient));
            return ((rejected * -Coefficient).exp() - (chosen * -Coefficient).exp()) / Coefficient;
        }
    }
}

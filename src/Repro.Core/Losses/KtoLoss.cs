using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Kahneman-Tversky optimisation: desirable and undesirable responses that need not be pairs.</summary>
public static class KtoLoss
{
    /// <summary>The reference point: the mean log-ratio over mismatched prompts and responses, not below 0, without gradient.</summary>
    /// <param name="policyLogProbs">Summed log-probabilities of mismatched responses under the policy, shape [samples].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes differ, no sample, or a value is not finite.</exception>
    public static Tensor ReferencePoint(Tensor policyLogProbs, Tensor referenceLogProbs)
    {
        CheckLogProbs(policyLogProbs, referenceLogProbs);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (policyLogProbs - referenceLogProbs).mean().clamp(min: 0).MoveToOuterDisposeScope();
    }

    /// <summary>weight * (1 - sigmoid(beta * (log-ratio - z))) of desirable responses.</summary>
    /// <param name="policyLogProbs">Summed log-probabilities under the policy, floating point, shape [samples].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <param name="referencePoint">z, a scalar.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="weight">Not negative.</param>
    /// <returns>Shape [samples].</returns>
    /// <exception cref="ReproException">Shapes differ, no sample, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Desirable(Tensor policyLogProbs, Tensor referenceLogProbs, Tensor referencePoint, double beta, double weight = 1)
    {
        using var scope = NewDisposeScope();
        var ratio = Check(policyLogProbs, referenceLogProbs, referencePoint, beta, weight);
        return ((1 - ((ratio - referencePoint) * beta).sigmoid()) * weight).MoveToOuterDisposeScope();
    }

    /// <summary>weight * (1 - sigmoid(beta * (z - log-ratio))) of undesirable responses.</summary>
    /// <param name="policyLogProbs">Summed log-probabilities under the policy, floating point, shape [samples].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <param name="referencePoint">z, a scalar.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="weight">Not negative.</param>
    /// <returns>Shape [samples].</returns>
    /// <exception cref="ReproException">Shapes differ, no sample, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Undesirable(Tensor policyLogProbs, Tensor referenceLogProbs, Tensor referencePoint, double beta, double weight = 1)
    {
        using var scope = NewDisposeScope();
        var ratio = Check(policyLogProbs, referenceLogProbs, referencePoint, beta, weight);
        return ((1 - ((referencePoint - ratio) * beta).sigmoid()) * weight).MoveToOuterDisposeScope();
    }

    /// <summary>KTO of a batch of single responses: <see cref="Desirable"/> or <see cref="Undesirable"/>, as each is labelled.</summary>
    /// <remarks>With a reference point of 0 it is the unpaired form of APO-zero (arXiv 2408.06266, Eq. 7).</remarks>
    /// <param name="policyLogProbs">Summed log-probabilities under the policy, floating point, shape [samples].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <param name="desirable">bool, shape [samples], true where the response is desirable.</param>
    /// <param name="referencePoint">z, a scalar.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="desirableWeight">Not negative.</param>
    /// <param name="undesirableWeight">Not negative.</param>
    /// <returns>Shape [samples].</returns>
    /// <exception cref="ReproException">Shapes or dtypes differ, no sample, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Unpaired(
        Tensor policyLogProbs, Tensor referenceLogProbs, Tensor desirable, Tensor referencePoint, double beta, double desirableWeight = 1,
        double undesirableWeight = 1)
    {
        CheckLabels(desirable, policyLogProbs);
        TensorChecks.NotNegative(desirableWeight, nameof(desirableWeight));
        TensorChecks.NotNegative(undesirableWeight, nameof(undesirableWeight));
        using var scope = NewDisposeScope();
        var ifDesirable = Desirable(policyLogProbs, referenceLogProbs, referencePoint, beta, desirableWeight);
        var ifUndesirable = Undesirable(policyLogProbs, referenceLogProbs, referencePoint, beta, undesirableWeight);
        return where(desirable, ifDesirable, ifUndesirable).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// KTO on pairs: the mean of the desirable loss of the preferred and the undesirable loss of the rejected response. As the halves of a
    /// batch do not share their responses, the reference point of each side is estimated from the other one.
    /// </summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="desirableWeight">Of the preferred responses, not negative.</param>
    /// <param name="undesirableWeight">Of the rejected responses, not negative.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Paired(PairLogProbs pairs, double beta, double desirableWeight = 1, double undesirableWeight = 1)
    {
        DpoLoss.Check(pairs, beta);
        TensorChecks.NotNegative(desirableWeight, nameof(desirableWeight));
        TensorChecks.NotNegative(undesirableWeight, nameof(undesirableWeight));
        using var scope = NewDisposeScope();
        var chosenPoint = ReferencePoint(pairs.PolicyRejected, pairs.ReferenceRejected);
        var rejectedPoint = ReferencePoint(pairs.PolicyChosen, pairs.ReferenceChosen);
        var chosen = Desirable(pairs.PolicyChosen, pairs.ReferenceChosen, chosenPoint, beta, desirableWeight);
        var rejected = Undesirable(pairs.PolicyRejected, pairs.ReferenceRejected, rejectedPoint, beta, undesirableWeight);
        return ((chosen + rejected) / 2).MoveToOuterDisposeScope();
    }

    private static Tensor Check(Tensor policy, Tensor reference, Tensor point, double beta, double weight)
    {
        TensorChecks.Positive(beta, nameof(beta));
        TensorChecks.NotNegative(weight, nameof(weight));
        TensorChecks.Shape(point, "referencePoint");
        TensorChecks.Finite(point, "referencePoint");
        CheckLogProbs(policy, reference);
        return policy - reference;
    }

    private static void CheckLabels(Tensor desirable, Tensor policy)
    {
        TensorChecks.Vector(policy, "policyLogProbs");
        TensorChecks.Shape(desirable, "desirable", policy.shape);
        if (desirable.dtype != ScalarType.Bool)
        {
            throw new ReproException($"desirable must be of dtype Bool, was {desirable.dtype}.");
        }
    }

    private static void CheckLogProbs(Tensor policy, Tensor reference)
    {
        TensorChecks.Vector(policy, "policyLogProbs");
        TensorChecks.Same(reference, "referenceLogProbs", policy, "policyLogProbs");
        TensorChecks.Finite(reference, "referenceLogProbs");
    }
}

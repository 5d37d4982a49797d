using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive;

/// <summary>Token rewards, without gradient. To whiten them use <see cref="Masked.Whiten"/>.</summary>
public static class DenseRewards
{
    /// <summary>The implicit reward of each token, beta * (log policy - log reference) (ADR Eq. 3 in DPO's form); 0 where
    /// ignored.</summary>
    /// <param name="policyLogProbs">Token log-probabilities, floating point, shape [batch, time].</param>
    /// <param name="referenceLogProbs">The same under the reference.</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor FromLogRatio(Tensor policyLogProbs, Tensor referenceLogProbs, Tensor mask, double beta)
    {
        TensorChecks.Positive(beta, nameof(beta));
        CountedRewards.Check(policyLogProbs, mask);
        TensorChecks.Same(referenceLogProbs, nameof(referenceLogProbs), policyLogProbs, nameof(policyLogProbs));
        CountedRewards.Check(referenceLogProbs, mask);
        using var scope = NewDisposeScope();
        var counted = TensorChecks.Mask(mask, nameof(mask), policyLogProbs.shape);
        return ((Masked.Clean(policyLogProbs.detach(), counted) - Masked.Clean(referenceLogProbs.detach(), counted)) * beta)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The output of a value-style head at each counted token as its reward; 0 where ignored.</summary>
    /// <param name="outputs">Floating point, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time].</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted value is not finite.</exception>
    public static Tensor FromHead(Tensor outputs, Tensor mask)
    {
        CountedRewards.Check(outputs, mask);
        using var scope = NewDisposeScope();
        return Masked.Clean(outputs.detach(), TensorChecks.Mask(mask, nameof(mask), outputs.shape)).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Rejection sampling (ADR Eq. 7): accepted samples are learnt while the policy stays near the reference.</summary>
public static class RejectionSamplingLoss
{
    /// <summary>The mean over samples of the negative log-likelihood plus beta times KL(policy || reference), summed over response tokens.</summary>
    /// <param name="logProbs">Token log-probabilities of accepted responses, floating point, shape [batch, time].</param>
    /// <param name="tokenKl">KL at each position, shape [batch, time].</param>
    /// <param name="mask">Shape [batch, time]; every row has at least one response token.</param>
    /// <param name="beta">Weight of the KL, not negative.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, a response is empty, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is negative.</exception>
    public static Tensor Accepted(Tensor logProbs, Tensor tokenKl, Tensor mask, double beta) =>
        AdaptiveLoss.RejectionSampling(logProbs, tokenKl, mask, mask, beta);
}

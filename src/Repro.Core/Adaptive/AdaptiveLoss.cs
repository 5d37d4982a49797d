using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive;

/// <summary>
/// Losses under an adaptive token mask (ADR Eq. 14 to 16). APPO (<see cref="Ppo"/>) is the clipped surrogate summed over the kept tokens
/// and divided by all response tokens; <see cref="PolicyLoss.Clipped"/> with an adaptive mask would divide by the kept ones. Masks have
/// shape [batch, time]; 1 = the token is trained on.
/// </summary>
public static class AdaptiveLoss
{
    /// <summary>APPO (ADR Eq. 14): the clipped surrogate times the mask, averaged over ALL response tokens. With an all-ones adaptive mask
    /// it is PPO.</summary>
    /// <param name="logProbs">Log-probabilities of the sampled tokens now, floating point, shape [batch, time].</param>
    /// <param name="oldLogProbs">The same at sampling time.</param>
    /// <param name="advantages">Shape [batch, time].</param>
    /// <param name="responseMask">Shape [batch, time], 1 on response tokens.</param>
    /// <param name="adaptiveMask">M(s, a), shape [batch, time].</param>
    /// <param name="clip">How far the ratio may be from 1.</param>
    /// <returns>A scalar; 0 without gradient where no response token is trained on.</returns>
    /// <exception cref="ReproException">Shapes do not fit, the batch has no response token, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">The clip range is impossible.</exception>
    public static Tensor Ppo(
        Tensor logProbs, Tensor oldLogProbs, Tensor advantages, Tensor responseMask, Tensor adaptiveMask, ClipRange clip)
    {
        TensorChecks.Shape(logProbs, nameof(logProbs), TensorChecks.Any, TensorChecks.Any);
        using var scope = NewDisposeScope();
        var response = TensorChecks.CountingMask(responseMask, nameof(responseMask), logProbs.shape);
        var trained = TrainedOn(response, adaptiveMask, nameof(adaptiveMask));
        var kept = trained.sum(ScalarType.Int64).item<long>();
        if (kept == 0)
        {
            return (Masked.Clean(logProbs, trained).sum() * 0).MoveToOuterDisposeScope();
        }

        var share = (double)kept / response.sum(ScalarType.Int64).item<long>();
        return (PolicyLoss.Clipped(logProbs, oldLogProbs, advantages, trained, clip) * share).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// ADPO, token-level reading of ADR Eq. 15 (Section 3.2.1 and Appendix D; the default): the mask stands inside the sums of token
    /// log-ratios, so that a masked token adds nothing to its response. With all-ones masks it is DPO.
    /// </summary>
    /// <param name="chosen">Preferred responses.</param>
    /// <param name="rejected">Rejected responses; may be longer or shorter.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor DpoTokenLevel(AdaptiveResponses chosen, AdaptiveResponses rejected, double beta) =>
        DpoTokenLevel(chosen, rejected, tokens => DpoLoss.Sigmoid(tokens.Sums(), beta));

    /// <summary>
    /// The token-level reading with any loss of pairs in the place of DPO's. A response that keeps no token has the log-ratio 0.
    /// </summary>
    /// <param name="chosen">Preferred responses.</param>
    /// <param name="rejected">Rejected responses; may be longer or shorter.</param>
    /// <param name="loss">From token log-probabilities, to a loss of shape [pairs].</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted value is not finite.</exception>
    public static Tensor DpoTokenLevel(AdaptiveResponses chosen, AdaptiveResponses rejected, Func<PairTokens, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        var (preferred, other) = Check(chosen, rejected);
        return loss(Pairs(chosen, rejected, preferred.Trained, other.Trained)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// ADPO, pair-level reading of ADR Eq. 15 as printed: the log-sigmoid of a whole pair times a pair weight, the mean of the adaptive
    /// masks over all response tokens of the pair. With all-ones masks it is DPO.
    /// </summary>
    /// <param name="chosen">Preferred responses.</param>
    /// <param name="rejected">Rejected responses; may be longer or shorter.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor DpoPairLevel(AdaptiveResponses chosen, AdaptiveResponses rejected, double beta) =>
        DpoPairLevel(chosen, rejected, tokens => DpoLoss.Sigmoid(tokens.Sums(), beta));

    /// <summary>
    /// The pair-level reading with any loss of pairs in the place of DPO's. A pair of two empty responses has the weight 0.
    /// </summary>
    /// <param name="chosen">Preferred responses.</param>
    /// <param name="rejected">Rejected responses; may be longer or shorter.</param>
    /// <param name="loss">From token log-probabilities, to a loss of shape [pairs].</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted value is not finite.</exception>
    public static Tensor DpoPairLevel(AdaptiveResponses chosen, AdaptiveResponses rejected, Func<PairTokens, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        using var scope = NewDisposeScope();
        var (preferred, other) = Check(chosen, rejected);
        var losses = loss(Pairs(chosen, rejected, preferred.Response, other.Response));
        var kept = preferred.Trained.sum([1], type: losses.dtype) + other.Trained.sum([1], type: losses.dtype);
        var all = preferred.Response.sum([1], type: losses.dtype) + other.Response.sum([1], type: losses.dtype);
        return (losses * (kept / all.clamp(min: 1))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// ARS: negative log-likelihood of accepted samples plus beta times the KL to the reference, both summed over the tokens that the mask
    /// keeps and averaged over samples. All-ones mask and beta 1 give ADR Eq. 16, all-ones mask and any beta Eq. 7.
    /// </summary>
    /// <param name="logProbs">Token log-probabilities of accepted responses, floating point, shape [batch, time].</param>
    /// <param name="tokenKl">KL(policy || reference) at each position, such as <see cref="KlDivergence"/> gives; shape [batch,
    /// time].</param>
    /// <param name="responseMask">Shape [batch, time]; every row has at least one response token.</param>
    /// <param name="adaptiveMask">M(x, y), shape [batch, time]; a row may keep none.</param>
    /// <param name="beta">Weight of the KL, not negative.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, a response is empty, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is negative.</exception>
    public static Tensor RejectionSampling(Tensor logProbs, Tensor tokenKl, Tensor responseMask, Tensor adaptiveMask, double beta = 1)
    {
        TensorChecks.NotNegative(beta, nameof(beta));
        TensorChecks.Shape(logProbs, nameof(logProbs), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(logProbs, nameof(logProbs));
        TensorChecks.Same(tokenKl, nameof(tokenKl), logProbs, nameof(logProbs));
        using var scope = NewDisposeScope();
        var response = TensorChecks.MaskWithoutEmptyRows(responseMask, nameof(responseMask), logProbs.shape);
        var trained = TrainedOn(response, adaptiveMask, nameof(adaptiveMask));
        TensorChecks.FiniteWhere(logProbs, nameof(logProbs), trained);
        TensorChecks.FiniteWhere(tokenKl, nameof(tokenKl), trained);
        var terms = (Masked.Clean(tokenKl, trained) * beta) - Masked.Clean(logProbs, trained);
        return terms.sum([1]).mean().MoveToOuterDisposeScope();
    }

    private static (Masks Chosen, Masks Rejected) Check(AdaptiveResponses chosen, AdaptiveResponses rejected)
    {
        ArgumentNullException.ThrowIfNull(chosen);
        ArgumentNullException.ThrowIfNull(rejected);
        var masks = (Check(chosen, nameof(chosen)), Check(rejected, nameof(rejected)));
        if (chosen.PolicyLogProbs.shape[0] != rejected.PolicyLogProbs.shape[0])
        {
            throw new ReproException(
                Invariant($"chosen has {chosen.PolicyLogProbs.shape[0]} responses and rejected ")
                    + Invariant($"{rejected.PolicyLogProbs.shape[0]}; pairs were expected."));
        }

        return masks;
    }

    private static Masks Check(AdaptiveResponses side, string name)
    {
        var policy = side.PolicyLogProbs;
        TensorChecks.Shape(policy, $"{name}.PolicyLogProbs", TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(policy, $"{name}.PolicyLogProbs");
        TensorChecks.Same(side.ReferenceLogProbs, $"{name}.ReferenceLogProbs", policy, $"{name}.PolicyLogProbs");
        var response = TensorChecks.Mask(side.ResponseMask, $"{name}.ResponseMask", policy.shape);
        TensorChecks.FiniteWhere(policy, $"{name}.PolicyLogProbs", response);
        TensorChecks.FiniteWhere(side.ReferenceLogProbs, $"{name}.ReferenceLogProbs", response);
        return new Masks(response, TrainedOn(response, side.AdaptiveMask, $"{name}.AdaptiveMask"));
    }

    private static PairTokens Pairs(AdaptiveResponses chosen, AdaptiveResponses rejected, Tensor chosenMask, Tensor rejectedMask) => new(
        chosen.PolicyLogProbs, rejected.PolicyLogProbs, chosen.ReferenceLogProbs, rejected.ReferenceLogProbs, chosenMask, rejectedMask);

    private static Tensor TrainedOn(Tensor response, Tensor adaptiveMask, string name) =>
        response.logical_and(TensorChecks.Mask(adaptiveMask, name, response.shape));

    // The tokens of the responses, and those of them that are trained on.
    private sealed record Masks(Tensor Response, Tensor Trained);
}

/// <summary>One side of preference pairs with its token masks; all tensors have shape [pairs, time].</summary>
/// <param name="PolicyLogProbs">Token log-probabilities under the policy, floating point; carry the gradient.</param>
/// <param name="ReferenceLogProbs">The same under the reference.</param>
/// <param name="ResponseMask">1 on response tokens; a row may have none.</param>
/// <param name="AdaptiveMask">1 on tokens to train on (ADR Eq. 13); a row may have none.</param>
public sealed record AdaptiveResponses(Tensor PolicyLogProbs, Tensor ReferenceLogProbs, Tensor ResponseMask, Tensor AdaptiveMask);

/// <summary>Rejection sampling (ADR Eq. 7): the policy is trained on accepted samples while it stays near the reference.</summary>
public static class RejectionSamplingLoss
{
    /// <summary>The mean over samples of the negative log-likelihood plus beta times KL(policy || reference), summed over response
    /// tokens.</summary>
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

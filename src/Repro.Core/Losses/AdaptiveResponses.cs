using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>One side of preference pairs with its token masks; all tensors have shape [pairs, time].</summary>
/// <param name="PolicyLogProbs">Token log-probabilities under the policy, floating point; carry the gradient.</param>
/// <param name="ReferenceLogProbs">The same under the reference.</param>
/// <param name="ResponseMask">1 on response tokens; every row has at least one.</param>
/// <param name="AdaptiveMask">1 on tokens to train on (ADR Eq. 13); a row may have none.</param>
public sealed record AdaptiveResponses(Tensor PolicyLogProbs, Tensor ReferenceLogProbs, Tensor ResponseMask, Tensor AdaptiveMask);

using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Log-probabilities of preferred and rejected responses under policy and reference, each floating point of shape [pairs]. Sums unless the loss asks for averages.</summary>
/// <param name="PolicyChosen">Of the preferred responses under the policy; carries the gradient.</param>
/// <param name="PolicyRejected">Of the rejected responses under the policy; carries the gradient.</param>
/// <param name="ReferenceChosen">Of the preferred responses under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected responses under the reference.</param>
public sealed record PairLogProbs(Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected)
{
    internal void Check()
    {
        Guard.Vector(PolicyChosen, nameof(PolicyChosen));
        foreach (var (tensor, name) in new[] { (PolicyRejected, nameof(PolicyRejected)), (ReferenceChosen, nameof(ReferenceChosen)), (ReferenceRejected, nameof(ReferenceRejected)) })
        {
            Guard.Same(tensor, name, PolicyChosen, nameof(PolicyChosen));
            Guard.Finite(tensor, name);
        }
    }

    /// <summary>Log-ratio of policy and reference on the preferred responses.</summary>
    internal Tensor ChosenRatio => PolicyChosen - ReferenceChosen;

    /// <summary>Log-ratio of policy and reference on the rejected responses.</summary>
    internal Tensor RejectedRatio => PolicyRejected - ReferenceRejected;

    /// <summary>How much the policy prefers the preferred response more than the reference does.</summary>
    internal Tensor Margin => PolicyChosen - PolicyRejected - (ReferenceChosen - ReferenceRejected);
}

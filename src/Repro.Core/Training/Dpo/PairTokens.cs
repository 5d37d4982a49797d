using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>
/// Token log-probabilities of preference pairs. Every tensor is [pairs, time]; index t belongs to some predicted token, the same one in all tensors of a side. Where
/// both responses share their prompt in one row the two sides are one tensor with different masks.
/// </summary>
/// <param name="PolicyChosen">Of the preferred texts under the policy; carries the gradient.</param>
/// <param name="PolicyRejected">Of the rejected texts under the policy; carries the gradient.</param>
/// <param name="ReferenceChosen">Of the preferred texts under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected texts under the reference.</param>
/// <param name="ChosenMask">bool, true on tokens of the preferred responses.</param>
/// <param name="RejectedMask">bool, true on tokens of the rejected responses.</param>
public sealed record PairTokens(
    Tensor PolicyChosen, Tensor PolicyRejected, Tensor ReferenceChosen, Tensor ReferenceRejected, Tensor ChosenMask, Tensor RejectedMask)
{
    /// <summary>Rewards of the tokens of the preferred texts, where something gives them.</summary>
    public Tensor? ChosenRewards { get; init; }

    /// <summary>Rewards of the tokens of the rejected texts, likewise.</summary>
    public Tensor? RejectedRewards { get; init; }

    /// <summary>Log-probabilities of whole responses, [pairs].</summary>
    public PairLogProbs Sums() => Reduced(Masked.SumPerRow);

    /// <summary>Average log-probabilities of the tokens of responses, [pairs].</summary>
    /// <exception cref="ReproException">A response is empty.</exception>
    public PairLogProbs Averages() => Reduced(Masked.MeanPerRow);

    private PairLogProbs Reduced(Func<Tensor, Tensor, Tensor> reduce) => new(
        reduce(PolicyChosen, ChosenMask), reduce(PolicyRejected, RejectedMask), reduce(ReferenceChosen, ChosenMask), reduce(ReferenceRejected, RejectedMask));
}

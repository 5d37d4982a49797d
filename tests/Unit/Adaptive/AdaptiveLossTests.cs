using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Adaptive;

/// <summary>What the adaptive losses refuse beside spoiled numbers, which <c>BadInput</c> tries one by one.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdaptiveLossTests
{
    /// <summary>With either reading of Eq. 15 each chosen response belongs to one rejected response.</summary>
    [Fact]
    public void As_many_chosen_as_rejected_responses_are_expected()
    {
        using var scope = NewDisposeScope();
        const string Message = "chosen has 2 responses and rejected 3; pairs were expected.";

        Refused(() => AdaptiveLoss.DpoTokenLevel(Responses(2, 4), Responses(3, 4), 0.1), Message);
        Refused(() => AdaptiveLoss.DpoPairLevel(Responses(2, 4), Responses(3, 4), 0.1), Message);
    }

    [Fact]
    public void A_table_of_responses_and_tokens_is_expected()
    {
        using var scope = NewDisposeScope();
        const string Expected = "has shape [1, 2, 3]; [any, any] was expected.";
        var (values, mask) = (zeros(1, 2, 3), ones([1, 2, 3], ScalarType.Bool));

        Refused(() => AdaptiveLoss.DpoTokenLevel(Responses(1, 2, 3), Responses(1, 2), 0.1), $"chosen.PolicyLogProbs {Expected}");
        Refused(() => AdaptiveLoss.DpoPairLevel(Responses(1, 2), Responses(1, 2, 3), 0.1), $"rejected.PolicyLogProbs {Expected}");
        Refused(() => AdaptiveLoss.RejectionSampling(values, values, mask, mask), $"logProbs {Expected}");
    }

    [Fact]
    public void A_loss_of_pairs_must_be_given()
    {
        using var scope = NewDisposeScope();
        var side = Responses(2, 4);

        FluentActions.Invoking(() => AdaptiveLoss.DpoTokenLevel(side, side, (Func<PairTokens, Tensor>)null!))
            .Should().Throw<ArgumentNullException>().WithParameterName("loss");
        FluentActions.Invoking(() => AdaptiveLoss.DpoPairLevel(side, side, (Func<PairTokens, Tensor>)null!))
            .Should().Throw<ArgumentNullException>().WithParameterName("loss");
    }

    private static AdaptiveResponses Responses(params long[] shape)
    {
        var mask = ones(shape, ScalarType.Bool);
        return new AdaptiveResponses(zeros(shape), zeros(shape), mask, mask);
    }

    private static void Refused(Func<Tensor> loss, string message) =>
        FluentActions.Invoking(loss).Should().Throw<ReproException>().WithMessage(message);
}

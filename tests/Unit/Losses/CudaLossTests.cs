using Repro.Core;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>Complaints about values that lie on a CUDA device are those about values on the CPU.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CudaLossTests
{
    [CudaFact]
    public void A_value_that_is_not_finite_is_named()
    {
        using var scope = NewDisposeScope();
        var good = tensor(new[] { 1.0, 2 }, device: CUDA);
        var bad = tensor(new[] { 1.0, double.NaN }, device: CUDA);
        FluentActions.Invoking(() => RankingLoss.Preference(good, bad)).Should().Throw<ReproException>().WithMessage("*[1] is NaN*");
    }

    [CudaFact]
    public void An_empty_row_and_an_unknown_token_are_named()
    {
        using var scope = NewDisposeScope();
        var (values, mask) = (ones(2, 2, device: CUDA), tensor(new long[,] { { 1, 1 }, { 0, 0 } }, device: CUDA));
        FluentActions.Invoking(() => Masked.MeanPerRow(values, mask))
            .Should().Throw<ReproException>().WithMessage("*row 1*empty response*");
        var tokens = tensor(new long[,] { { 0, 5 }, { 1, 2 } }, device: CUDA);
        FluentActions.Invoking(() => TokenLogProbs.SamePosition(ones(2, 2, 4, device: CUDA), tokens))
            .Should().Throw<ReproException>().WithMessage("*id 5*");
    }
}

using Repro.Core.Models;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PaddedBatchTensorTests
{
    [Fact]
    public void Tensors_have_the_shape_of_the_batch_and_belong_to_the_caller()
    {
        var batch = PaddedBatch.Pad([[5, 6, 7], [8]], new PaddingSettings(0, PaddingSide.Left, 2));
        using var ids = batch.IdTensor();
        using var mask = batch.MaskTensor();
        ids.dtype.Should().Be(ScalarType.Int64);
        ids.shape.Should().Equal(2, 4);
        ids.data<long>().ToArray().Should().Equal(0, 5, 6, 7, 0, 0, 0, 8);
        mask.dtype.Should().Be(ScalarType.Bool);
        mask.shape.Should().Equal(2, 4);
        mask.data<bool>().ToArray().Should().Equal(false, true, true, true, false, false, false, true);
    }
}

using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ShapeTests : IDisposable
{
    private readonly Tensor _x = arange(6).ReshapeAndDispose(2, 3);

    public void Dispose() => _x.Dispose();

    [Fact]
    public void ShapesOfViews()
    {
        _x.reshape(3, 2).ShouldBe([3, 2], 0, 1, 2, 3, 4, 5);
        _x.view(-1).ShouldBe([6], 0, 1, 2, 3, 4, 5);
        _x.flatten().ShouldBe([6], 0, 1, 2, 3, 4, 5);
        _x.t().ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
        _x.T.ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
        _x.mT.ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
        _x.transpose(0, 1).ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
        _x.permute(1, 0).ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
        _x.unsqueeze(1).ShouldBe([2, 1, 3], 0, 1, 2, 3, 4, 5);
        _x.narrow(1, 1, 2).ShouldBe([2, 2], 1, 2, 4, 5);
        _x.diagonal().ShouldBe([2], 0, 4);
        _x.unfold(1, 2, 1).ShouldBe([2, 2, 2], 0, 1, 1, 2, 3, 4, 4, 5);
        _x.unflatten(1, 3, 1).ShouldBe([2, 3, 1], 0, 1, 2, 3, 4, 5);
        _x.as_strided([2, 2], [1, 2]).ShouldBe([2, 2], 0, 2, 1, 3);
    }

    [Fact]
    public void AViewSharesItsStorage()
    {
        using var scope = NewDisposeScope();
        var copy = _x.clone();
        var view = copy.view(6);
        view[0] = 100;
        copy[0, 0].ShouldBe(100);
        copy.clone().zero_();
        copy[0, 0].ShouldBe(100);
    }

    [Fact]
    public void SqueezingRemovesSizesOfOne()
    {
        using var y = ones(1, 2, 1);
        y.squeeze().ShouldBe([2], 1, 1);
        y.squeeze(0).ShouldBe([2, 1], 1, 1);
        y.squeeze(1).ShouldBe([1, 2, 1], 1, 1);
        y.squeeze_().shape.Should().Equal(2);
    }

    [Fact]
    public void RepeatedAndTurned()
    {
        using var row = tensor(new[] { 1, 2 });
        row.expand(2, 2).ShouldBe([2, 2], 1, 2, 1, 2);
        row.repeat(2).ShouldBe(1, 2, 1, 2);
        row.tile([2]).ShouldBe(1, 2, 1, 2);
        row.repeat_interleave(2).ShouldBe(1, 1, 2, 2);
        row.broadcast_to(2, 2).ShouldBe([2, 2], 1, 2, 1, 2);
        _x.flip(1).ShouldBe([2, 3], 2, 1, 0, 5, 4, 3);
        _x.roll(1, 1).ShouldBe([2, 3], 2, 0, 1, 5, 3, 4);
        _x.rot90().ShouldBe([3, 2], 2, 5, 1, 4, 0, 3);
        _x.movedim([0], [1]).ShouldBe([3, 2], 0, 3, 1, 4, 2, 5);
    }

    [Fact]
    public void Joined()
    {
        using var y = _x + 10;
        cat([_x, y], 1).ShouldBe([2, 6], 0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15);
        cat([_x, y]).ShouldBe([4, 3], 0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15);
        stack([_x, y], 2).ShouldBe([2, 3, 2], 0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15);
        vstack([_x, y]).ShouldBe([4, 3], 0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15);
        hstack(_x, y).ShouldBe([2, 6], 0, 1, 2, 10, 11, 12, 3, 4, 5, 13, 14, 15);
        broadcast_shapes([2, 1], [3]).Shape.Should().Equal(2, 3);
        var act = () => broadcast_shapes([2], [3]);
        act.Should().Throw<ArgumentException>().WithMessage("*[2] and [3]*");
    }

    [Fact]
    public void Split()
    {
        Check(_x.split(2, 1), [[0, 1, 3, 4], [2, 5]]);
        Check(_x.split([1L, 2L], 1), [[0, 3], [1, 2, 4, 5]]);
        Check(_x.chunk(3, 1), [[0, 3], [1, 4], [2, 5]]);
        Check(_x.unbind(), [[0, 1, 2], [3, 4, 5]]);
        Check(_x.tensor_split(2, 1), [[0, 1, 3, 4], [2, 5]]);
        Check(_x.hsplit(3), [[0, 3], [1, 4], [2, 5]]);
        using var first = _x[0];
        using var second = _x[1];
        Check(meshgrid([first, second]), [[0, 0, 0, 1, 1, 1, 2, 2, 2], [3, 4, 5, 3, 4, 5, 3, 4, 5]]);
    }

    [Fact]
    public void TrianglesAndDiagonals()
    {
        _x.tril().ShouldBe([2, 3], 0, 0, 0, 3, 4, 0);
        _x.triu(1).ShouldBe([2, 3], 0, 1, 2, 0, 0, 5);
        using var d = tensor(new[] { 1, 2 });
        d.diag().ShouldBe([2, 2], 1, 0, 0, 2);
        d.diag_embed().ShouldBe([2, 2], 1, 0, 0, 2);
        tril_indices(2, 2).ShouldBe([2, 3], 0, 1, 1, 0, 0, 1);
    }

    [Fact]
    public void SizesAndStrides()
    {
        _x.shape.Should().Equal(2, 3);
        _x.size(-1).Should().Be(3);
        _x.ndim.Should().Be(2);
        _x.numel().Should().Be(6);
        _x.stride().Should().Equal(3, 1);
        _x.is_contiguous().Should().BeTrue();
        using var turned = _x.t();
        turned.is_contiguous().Should().BeFalse();
        turned.stride(0).Should().Be(1);
        using var plain = turned.contiguous();
        plain.is_contiguous().Should().BeTrue();
        using var part = _x[1];
        part.storage_offset().Should().Be(3);
        _x.Invoking(x => x.size(2)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void AShapeThatDoesNotFitIsAnError()
    {
        _x.Invoking(x => x.view(4)).Should().Throw<ExternalException>().WithMessage("shape '[4]' is invalid for input of size 6");
        using var column = ones(2, 1);
        var act = () => cat([_x, column]);
        act.Should().Throw<ExternalException>();
    }

    private static void Check(Tensor[] parts, double[][] expected)
    {
        parts.Should().HaveCount(expected.Length);
        foreach (var (part, values) in parts.Zip(expected))
        {
            part.ShouldBe(values);
        }
    }
}

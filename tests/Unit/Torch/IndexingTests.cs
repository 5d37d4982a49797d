using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class IndexingTests : IDisposable
{
    // 0 1 2 3
    // 4 5 6 7
    // 8 9 10 11
    private readonly Tensor _x = arange(12).ReshapeAndDispose(3, 4);

    public void Dispose() => _x.Dispose();

    [Fact]
    public void NumbersRemoveDimensions()
    {
        _x[1].ShouldBe([4], 4, 5, 6, 7);
        _x[-1].ShouldBe([4], 8, 9, 10, 11);
        _x[1, 2].ShouldBe([], 6);
        _x[^1, ^2].ShouldBe([], 10);
    }

    [Fact]
    public void RangesCutDimensions()
    {
        _x[.., 1].ShouldBe([3], 1, 5, 9);
        _x[1.., ..2].ShouldBe([2, 2], 4, 5, 8, 9);
        _x[.., ^1..].ShouldBe([3, 1], 3, 7, 11);
        _x[..^1, 0].ShouldBe([2], 0, 4);
        _x[TensorIndex.Slice(0, null, 2)].ShouldBe([2, 4], 0, 1, 2, 3, 8, 9, 10, 11);
        _x[TensorIndex.Slice(-2), TensorIndex.Slice(stop: -2)].ShouldBe([2, 2], 4, 5, 8, 9);
        _x[(1, null), (null, 1)].ShouldBe([2, 1], 4, 8);
    }

    [Fact]
    public void EllipsisAndNewDimensions()
    {
        using var y = _x.view(3, 2, 2);
        y[TensorIndex.Ellipsis, 0].ShouldBe([3, 2], 0, 2, 4, 6, 8, 10);
        y[0, TensorIndex.Ellipsis].ShouldBe([2, 2], 0, 1, 2, 3);
        _x[TensorIndex.Ellipsis].ShouldBe([3, 4], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        _x[0, TensorIndex.None].ShouldBe([1, 4], 0, 1, 2, 3);
        _x[TensorIndex.Null, 0].ShouldBe([1, 4], 0, 1, 2, 3);
        _x[TensorIndex.Colon, 2].ShouldBe([3], 2, 6, 10);
    }

    [Fact]
    public void TensorsOfPositionsGather()
    {
        using var rows = tensor(new[] { 2L, 0L });
        using var columns = tensor(new[] { 1L, 3L });
        _x[rows].ShouldBe([2, 4], 8, 9, 10, 11, 0, 1, 2, 3);
        _x[rows, columns].ShouldBe([2], 9, 3);
        _x[TensorIndex.Colon, TensorIndex.Tensor(columns)].ShouldBe([3, 2], 1, 3, 5, 7, 9, 11);
        _x[TensorIndex.Tensor(rows), TensorIndex.Slice(0, 2)].ShouldBe([2, 2], 8, 9, 0, 1);
        _x[TensorIndex.Tensor(rows), 1].ShouldBe([2], 9, 1);
    }

    [Fact]
    public void MasksSelect()
    {
        using var large = _x.gt(8);
        _x[large].ShouldBe([3], 9, 10, 11);
        using var rows = tensor(new[] { true, false, true });
        _x[TensorIndex.Tensor(rows), 0].ShouldBe([2], 0, 8);

        // A mask of two dimensions stands for both; the range after it cuts the third.
        using var y = _x.view(3, 2, 2);
        using var pairs = tensor(new[,] { { true, false }, { false, false }, { false, true } });
        y[TensorIndex.Tensor(pairs), TensorIndex.Slice(1)].ShouldBe([2, 1], 1, 11);
        _x[TensorIndex.Bool(true), 0].ShouldBe([1, 4], 0, 1, 2, 3);
        _x[TensorIndex.Bool(false), 0].ShouldBe([0, 4]);
    }

    [Fact]
    public void SettingWritesThrough()
    {
        using var scope = NewDisposeScope();
        var y = _x.clone();
        y[0] = tensor(new[] { 9, 8, 7, 6 });
        y[1, 1] = 50;
        y[.., 3] = -1;
        y[2, ..2] = 0f;
        y.ShouldBeStill(9, 8, 7, -1, 4, 50, 6, -1, 0, 0, 10, -1);
        y[y.lt(0)] = 1;
        y[.., 3].ShouldBe(1, 1, 1);
        y[tensor(new[] { 0L, 2L }), tensor(new[] { 0L, 1L })] = tensor(new[] { 70L, 71L });
        y[0, 0].ShouldBe(70);
        y[2, 1].ShouldBe(71);
        y[TensorIndex.Tensor(tensor(new[] { 1L })), TensorIndex.Slice(0, 2)] = ones(1, 1, 2, dtype: ScalarType.Int64);
        y[1].ShouldBe(1, 1, 6, 1);
        y.is_leaf.Should().BeTrue();
    }

    [Fact]
    public void PuttingCanAccumulate()
    {
        using var scope = NewDisposeScope();
        var counts = zeros(3);
        counts.index_put_(ones(3), [tensor(new[] { 0L, 0L, 2L })], accumulate: true);
        counts.ShouldBeStill(2, 0, 1);
        counts.index_put_(ones(2), [TensorIndex.Slice(0, 2)], accumulate: true);
        counts.ShouldBeStill(3, 1, 1);
        counts.index_put_(5, TensorIndex.Single(2));
        counts.ShouldBeStill(3, 1, 5);
    }

    [Fact]
    public void GatherAndScatter()
    {
        using var scope = NewDisposeScope();
        var index = tensor(new[,] { { 0L, 3L }, { 1L, 1L }, { 2L, 0L } });
        _x.gather(1, index).ShouldBe([3, 2], 0, 3, 5, 5, 10, 8);
        zeros(3, 4, dtype: ScalarType.Int64).scatter(1, index, ones(3, 2, dtype: ScalarType.Int64)).sum(1L).ShouldBe(2, 1, 2);
        zeros(3, 4, dtype: ScalarType.Int64).scatter_add(1, index, ones(3, 2, dtype: ScalarType.Int64)).sum(1L).ShouldBe(2, 2, 2);
        _x.index_select(1, tensor(new[] { 3L, 3L })).ShouldBe([3, 2], 3, 3, 7, 7, 11, 11);
        _x.take(tensor(new[] { 0L, 11L })).ShouldBe(0, 11);
        _x.take_along_dim(index, 1).ShouldBe([3, 2], 0, 3, 5, 5, 10, 8);
        _x.select(1, 2).ShouldBe(2, 6, 10);
        _x.slice(1, 1, 4, 2).ShouldBe([3, 2], 1, 3, 5, 7, 9, 11);
    }

    [Fact]
    public void AnIndexBeyondTheSizeIsAnError()
    {
        _x.Invoking(x => x[3]).Should().Throw<ExternalException>().WithMessage("*index 3 out of range*");
        using var index = tensor(new[,] { { 4L } });
        _x.Invoking(x => x.gather(1, index)).Should().Throw<ExternalException>().WithMessage("*index 4 is out of bounds*");
        _x.Invoking(x => x[.., 0, 4]).Should().Throw<ArgumentException>();
        _x.Invoking(x => x[1.., 4]).Should().Throw<ExternalException>();
        _x.Invoking(x => x[TensorIndex.Slice(1), TensorIndex.Tensor(index)]).Should().Throw<ExternalException>();
        _x.Invoking(x => x[0, 0, 0]).Should().Throw<ArgumentException>().WithMessage("3 indices are too many for a tensor of 2 dimensions.*");
        _x.Invoking(x => x[TensorIndex.Ellipsis, TensorIndex.Ellipsis]).Should().Throw<ArgumentException>().WithMessage("*one ellipsis*");
    }

    [Fact]
    public void MasksFillAndChoose()
    {
        using var mask = _x.ge(10);
        _x.masked_fill(mask, -1).ShouldBe(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1);
        _x.masked_select(mask).ShouldBe(10, 11);
        using var other = _x.neg();
        torch.where(mask, other, _x).ShouldBe(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -11);
        other.where(mask, _x).ShouldBe(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -11);
        mask.nonzero().ShouldBe([2, 2], 2, 2, 2, 3);
        var coordinates = torch.where(mask);
        coordinates[0].ShouldBe(2, 2);
        coordinates[1].ShouldBe(2, 3);
    }

    [Fact]
    public void SortedAndRanked()
    {
        using var y = tensor(new[] { 3f, 1f, 2f });
        y.sort().ShouldBe([1, 2, 3], [1, 2, 0]);
        y.sort(descending: true).ShouldBe([3, 2, 1], [0, 2, 1]);
        y.argsort().ShouldBe(1, 2, 0);
        var (values, indexes) = y.topk(2);
        values.ShouldBe(3, 2);
        indexes.ShouldBe(0, 2);
        torch.topk(y, 1, largest: false).ShouldBe([1], [1]);
        using var edges = tensor(new[] { 1f, 2f, 3f });
        searchsorted(edges, y).ShouldBe(2, 0, 1);
        searchsorted(edges, y, right: true).ShouldBe(3, 1, 2);
        y.bucketize(edges).ShouldBe(2, 0, 1);
    }

    [Fact]
    public void DistinctValues()
    {
        using var y = tensor(new[] { 2, 1, 2, 2 });
        var (output, inverse, counts) = y.unique(return_inverse: true, return_counts: true);
        output.ShouldBe(1, 2);
        inverse!.ShouldBe(1, 0, 1, 1);
        counts!.ShouldBe(1, 3);
        (output, inverse, counts) = y.unique_consecutive(return_counts: true);
        output.ShouldBe(2, 1, 2);
        inverse.Should().BeNull("it was not asked for");
        counts!.ShouldBe(1, 1, 2);
    }
}

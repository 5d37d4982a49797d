using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ReductionTests : IDisposable
{
    // 1 2 6
    // 4 5 3
    private readonly Tensor _x = tensor(new float[,] { { 1, 2, 6 }, { 4, 5, 3 } });

    public void Dispose() => _x.Dispose();

    [Fact]
    public void Sums()
    {
        _x.sum().ShouldBe(21);

        // The literal 0 would be read as a dtype here, as with the real TorchSharp.
        _x.sum(0L).ShouldBe(5, 7, 9);
        _x.sum(1).ShouldBe(9, 12);
        _x.sum(-1, keepdim: true).ShouldBe([2, 1], 9, 12);
        _x.sum(0, 1).ShouldBe(21);
        _x.sum([0L, 1L], keepdim: true).ShouldBe([1, 1], 21);
        using var whole = _x.sum(ScalarType.Int64);
        whole.dtype.Should().Be(ScalarType.Int64);
        using var bits = tensor(new[] { true, true });
        using var count = bits.sum();
        count.dtype.Should().Be(ScalarType.Int64);
    }

    [Fact]
    public void Means()
    {
        _x.mean().ShouldBe(3.5);
        _x.mean([1]).ShouldBe(3, 4);
        _x.mean([0, 1], keepdim: true).ShouldBe([1, 1], 3.5);
        using var whole = tensor(new[] { 1L, 2L });
        whole.mean([0], false, ScalarType.Float64).ShouldBe(1.5);
        using var gap = tensor(new[] { 1f, float.NaN, 3f });
        gap.nanmean(0).ShouldBe(2);
        gap.nansum().ShouldBe(4);
    }

    [Fact]
    public void Products()
    {
        _x.prod().ShouldBe(720);
        _x.prod(1).ShouldBe(12, 60);
    }

    [Fact]
    public void ExtremesWithTheirPositions()
    {
        _x.max().ShouldBe(6);
        _x.min().ShouldBe(1);
        _x.max(1).ShouldBe([6, 5], [2, 1]);
        _x.min(1).ShouldBe([1, 3], [0, 2]);
        _x.argmax().ShouldBe(2);
        _x.argmax(1).ShouldBe(2, 1);
        _x.argmin(1).ShouldBe(0, 2);
        _x.amax(1).ShouldBe(6, 5);
        _x.amin([0, 1]).ShouldBe(1);
        _x.amax([1], keepdim: true).ShouldBe([2, 1], 6, 5);
        _x.aminmax(1).ShouldBe([1, 3], [6, 5]);
    }

    [Fact]
    public void AReductionCanBeWrittenToAGivenTensor()
    {
        using var target = empty(2);
        _x.amax([1L], keepdim: false, target).Should().BeSameAs(target);
        target.ShouldBeStill(6, 5);
    }

    [Fact]
    public void SpreadWithAndWithoutCorrection()
    {
        _x.var().ShouldBe(3.5);
        _x.var(unbiased: false).ShouldBe(17.5 / 6);
        _x.std().ShouldBe(Math.Sqrt(3.5));
        _x.var(1).ShouldBe(7, 1);
        _x.var(1, unbiased: false).ShouldBe(14.0 / 3, 2.0 / 3);
        _x.std([0, 1], unbiased: false, keepdim: true).ShouldBe([1, 1], Math.Sqrt(17.5 / 6));
        _x.std_mean(1).ShouldBe([Math.Sqrt(7), 1], [3, 4]);
        _x.var_mean(1).ShouldBe([7, 1], [3, 4]);
        _x.var_mean().ShouldBe([3.5], [3.5]);
        using var whole = _x.@long();
        whole.var(1, type: ScalarType.Float64).ShouldBe(7, 1);
    }

    [Fact]
    public void Quantiles()
    {
        _x.median().ShouldBe(3);
        using var q = tensor(new[] { 0f, 0.5f, 1f });
        _x.quantile(q, 1).ShouldBe([3, 2], 1, 3, 2, 4, 6, 5);
        _x.kthvalue(2, 1).ShouldBe([2, 4], [1, 0]);
    }

    [Fact]
    public void Norms()
    {
        using var v = tensor(new[] { 3f, -4f });
        v.norm().ShouldBe(5);
        v.norm(1f).ShouldBe(7);
        _x.norm(1, keepdim: false, p: 1).ShouldBe(9, 12);
        linalg.vector_norm(v, 1).ShouldBe(7);
    }

    [Fact]
    public void RunningValues()
    {
        _x.cumsum(1).ShouldBe([2, 3], 1, 3, 9, 4, 9, 12);
        _x.cumprod(1).ShouldBe([2, 3], 1, 2, 12, 4, 20, 60);
        _x.cummax(1).ShouldBe([1, 2, 6, 4, 5, 5], [0, 1, 2, 0, 1, 1]);
        _x.diff(dim: 1).ShouldBe([2, 2], 1, 4, 1, -2);
        using var zero = zeros(2);
        zero.logcumsumexp(0).ShouldBe(0, Math.Log(2));
    }

    [Fact]
    public void Counts()
    {
        using var y = tensor(new[,] { { 0, 1, 2 }, { 0, 0, 3 } });
        y.count_nonzero().ShouldBe(3);
        y.count_nonzero([1]).ShouldBe(2, 1);
        using var flat = tensor(new[] { 0L, 2L, 2L });
        flat.bincount(null).ShouldBe(1, 0, 2);
        flat.bincount(null, 5).ShouldBe(1, 0, 2, 0, 0);
        _x.histc(3, 1, 7).ShouldBe(2, 2, 2);
    }

    [Fact]
    public void TheSameAsFunctions()
    {
        torch.sum(_x).ShouldBe(21);
        torch.mean(_x, [1]).ShouldBe(3, 4);
        torch.max(_x, 1).ShouldBe([6, 5], [2, 1]);
        torch.std(_x, 1L).ShouldBe(Math.Sqrt(7), 1);
        torch.logsumexp(_x, 1).Dispose();
        torch.cumsum(_x, 1).ShouldBe([2, 3], 1, 3, 9, 4, 9, 12);
    }
}

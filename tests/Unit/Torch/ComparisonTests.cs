using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ComparisonTests : IDisposable
{
    private readonly Tensor _a = tensor(new[] { 1f, 2f, 3f });
    private readonly Tensor _b = tensor(new[] { 3f, 2f, 1f });

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public void ComparisonsGiveTruthValues()
    {
        _a.eq(_b).ShouldBe(false, true, false);
        _a.ne(_b).ShouldBe(true, false, true);
        _a.lt(_b).ShouldBe(true, false, false);
        _a.le(_b).ShouldBe(true, true, false);
        _a.gt(_b).ShouldBe(false, false, true);
        _a.ge(_b).ShouldBe(false, true, true);
        _a.eq(2).ShouldBe(false, true, false);
        _a.gt(1.5).ShouldBe(false, true, true);
    }

    [Fact]
    public void OperatorsCompareElementByElement()
    {
        (_a == _b).ShouldBe(false, true, false);
        (_a != 2).ShouldBe(true, false, true);
        (_a < 2).ShouldBe(true, false, false);
        (_a <= 2).ShouldBe(true, true, false);
        (2 < _a).ShouldBe(false, false, true);
        (2 >= _a).ShouldBe(true, true, false);
        (_a > _b).ShouldBe(false, false, true);
    }

    [Fact]
    public void TruthValuesCombine()
    {
        using var low = _a.lt(3);
        using var high = _a.gt(1);
        low.logical_and(high).ShouldBe(false, true, false);
        (low & high).ShouldBe(false, true, false);
        (low | high).ShouldBe(true, true, true);
        (low ^ high).ShouldBe(true, false, true);
        (~low).ShouldBe(false, false, true);
        low.logical_not().ShouldBe(false, false, true);
        low.any().ShouldBe(true);
        low.all().ShouldBe(false);
        low.all(0).ShouldBe(false);
    }

    [Fact]
    public void BitsOfWholeNumbersCombine()
    {
        using var x = tensor(new[] { 0b1100, 0b1010 });
        using var y = tensor(new[] { 0b1010, 0b0110 });
        x.bitwise_and(y).ShouldBe(0b1000, 0b0010);
        x.bitwise_or(y).ShouldBe(0b1110, 0b1110);
        x.bitwise_xor(y).ShouldBe(0b0110, 0b1100);
        using var one = tensor(new[] { 1, 2 });
        x.bitwise_left_shift(one).ShouldBe(24, 40);
    }

    [Fact]
    public void GreaterAndSmallerOfTwo()
    {
        _a.maximum(_b).ShouldBe(3, 2, 3);
        _a.minimum(_b).ShouldBe(1, 2, 1);
        _a.max(_b).ShouldBe(3, 2, 3);
    }

    [Fact]
    public void WholeTensorsCompare()
    {
        using var near = _a + 1e-7;
        _a.allclose(near).Should().BeTrue();
        _a.allclose(_b).Should().BeFalse();
        using var copy = _a.clone();
        _a.Equals(copy).Should().BeTrue();
        _a.Equals(_b).Should().BeFalse();
        _a.Equals((object?)null).Should().BeFalse();
        _a!.isclose(_b).ShouldBe(false, true, false);
        _a.equal(copy).ShouldBe(true);
    }

    [Fact]
    public void MembershipInASet()
    {
        using var set = tensor(new[] { 1f, 3f });
        _a.isin(set).ShouldBe(true, false, true);
        _a.isin(set, invert: true).ShouldBe(false, true, false);
    }
}

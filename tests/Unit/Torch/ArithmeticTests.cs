using System.Runtime.InteropServices;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class ArithmeticTests : IDisposable
{
    private readonly Tensor _a = tensor(new[] { 1f, -2f, 3f });
    private readonly Tensor _b = tensor(new[] { 4f, 5f, -6f });

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public void SumsAndProducts()
    {
        _a.add(_b).ShouldBe(5, 3, -3);
        _a.add(_b, 10).ShouldBe(41, 48, -57);
        _a.add(1.5).ShouldBe(2.5, -0.5, 4.5);
        _a.add(1, 3).ShouldBe(4, 1, 6);
        _a.sub(_b).ShouldBe(-3, -7, 9);
        _a.sub(1).ShouldBe(0, -3, 2);
        _a.mul(_b).ShouldBe(4, -10, -18);
        _a.mul(2).ShouldBe(2, -4, 6);
        _a.addcmul(_a, _b, 2).ShouldBe(9, -22, -33);
        _a.addcdiv(_a, _b, 2).ShouldBe(1.5, -2.8, 2);
    }

    [Fact]
    public void Quotients()
    {
        _a.div(_b).ShouldBe(0.25, -0.4, -0.5);
        _b.div(4).ShouldBe(1, 1.25, -1.5);
        _b.div(4, RoundingMode.trunc).ShouldBe(1, 1, -1);
        _b.div(4, RoundingMode.floor).ShouldBe(1, 1, -2);
        _b.div(_a, RoundingMode.floor).ShouldBe(4, -3, -2);
        _b.div(_a, RoundingMode.trunc).ShouldBe(4, -2, -2);
        _b.floor_divide(4).ShouldBe(1, 1, -2);
        _b.fmod(4).ShouldBe(0, 1, -2);
        _b.remainder(4).ShouldBe(0, 1, 2);
        _a.reciprocal().ShouldBe(1, -0.5, 1.0 / 3);
    }

    [Fact]
    public void Operators()
    {
        (_a + _b).ShouldBe(5, 3, -3);
        (_a + 1).ShouldBe(2, -1, 4);
        (1 + _a).ShouldBe(2, -1, 4);
        (_a - _b).ShouldBe(-3, -7, 9);
        (_a - 0.5).ShouldBe(0.5, -2.5, 2.5);
        (1 - _a).ShouldBe(0, 3, -2);
        (_a * _b).ShouldBe(4, -10, -18);
        (2 * _a).ShouldBe(2, -4, 6);
        (_a / 2).ShouldBe(0.5, -1, 1.5);
        (_b / _a).ShouldBe(4, -2.5, -2);
        (6 / _a).ShouldBe(6, -3, 2);
        (_b % 4).ShouldBe(0, 1, 2);
        (-_a).ShouldBe(-1, 2, -3);
    }

    [Fact]
    public void SignsAndBounds()
    {
        _a.abs().ShouldBe(1, 2, 3);
        _a.neg().ShouldBe(-1, 2, -3);
        _a.sign().ShouldBe(1, -1, 1);
        _a.clamp(-1, 2).ShouldBe(1, -1, 2);
        _a.clamp(min: 0).ShouldBe(1, 0, 3);
        _a.clamp(max: 0).ShouldBe(0, -2, 0);
        _a.clamp_min(0).ShouldBe(1, 0, 3);
        _a.clamp_max(0).ShouldBe(0, -2, 0);
        using var low = tensor(new[] { 2f, -9f, 0f });
        using var high = tensor(new[] { 3f, -5f, 1f });
        _a.clamp(low, high).ShouldBe(2, -5, 1);
    }

    [Fact]
    public void InterpolationTakesAWeightPerElement()
    {
        using var weight = tensor(new[] { 0f, 0.5f, 1f });
        _a.lerp(_b, weight).ShouldBe(1, 1.5, -6);
    }

    [Fact]
    public void InPlaceFormsReturnTheSameObject()
    {
        using var x = _a.clone();
        x.add_(1).Should().BeSameAs(x);
        x.add_(_b, 2).mul_(2).sub_(_a).div_(2).neg_().ShouldBeStill(-9.5, -10, 9.5);
        x.zero_().ShouldBeStill(0, 0, 0);
        x.fill_(7).ShouldBeStill(7, 7, 7);
        _a.ShouldBeStill(1, -2, 3);
    }

    [Fact]
    public void ShapesBroadcast()
    {
        using var column = tensor(new[] { 10f, 20f }).unsqueeze_(1);
        column.add(_a).ShouldBe([2, 3], 11, 8, 13, 21, 18, 23);
    }

    [Fact]
    public void WholeNumbersDividedGiveTheDefaultDtype()
    {
        using var whole = tensor(new[] { 1L, 2L });
        using var half = whole / 2;
        half.dtype.Should().Be(ScalarType.Float32);
        half.ShouldBeStill(0.5, 1);
        using var sum = whole + 2;
        sum.dtype.Should().Be(ScalarType.Int64);
        using var mixed = whole + 2.5;
        mixed.dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void ShapesThatDoNotFitAreAnErrorWithBothSizes()
    {
        using var two = ones(2);
        _a.Invoking(a => a.add(two)).Should().Throw<ExternalException>()
            .WithMessage("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0");
        _a.Invoking(a => a.add_(two)).Should().Throw<ExternalException>().Which.Message.Should().NotContain("\n");
    }

    [Fact]
    public void Rounding()
    {
        using var x = tensor(new[] { 1.5, -1.5, 2.5, 0.126 });
        x.floor().ShouldBe(1, -2, 2, 0);
        x.ceil().ShouldBe(2, -1, 3, 1);
        x.trunc().ShouldBe(1, -1, 2, 0);
        x.round().ShouldBe(2, -2, 2, 0);
        x.round(2).ShouldBe(1.5, -1.5, 2.5, 0.13);
        x.frac().ShouldBe(0.5, -0.5, 0.5, 0.126);
    }
}

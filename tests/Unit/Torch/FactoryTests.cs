using System.Numerics;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class FactoryTests
{
    public static TheoryData<Func<Tensor>, ScalarType> Dtypes() => new()
    {
        { () => tensor(3), ScalarType.Int32 },
        { () => tensor(3L), ScalarType.Int64 },
        { () => tensor((short)3), ScalarType.Int16 },
        { () => tensor((byte)3), ScalarType.Byte },
        { () => tensor((sbyte)3), ScalarType.Int8 },
        { () => tensor(3.0), ScalarType.Float64 },
        { () => tensor(3f), ScalarType.Float32 },
        { () => tensor(true), ScalarType.Bool },
        { () => tensor((BFloat16)3f), ScalarType.BFloat16 },
        { () => tensor(new Complex(3, 0)), ScalarType.ComplexFloat64 },
        { () => tensor(3.0, ScalarType.Float32), ScalarType.Float32 },
        { () => tensor(new[] { 3.0 }), ScalarType.Float64 },
        { () => tensor(new[] { 3f }, ScalarType.BFloat16), ScalarType.BFloat16 },
        { () => tensor(new List<long> { 3 }), ScalarType.Int64 },
        { () => arange(3), ScalarType.Int64 },
        { () => arange(3.0), ScalarType.Float32 },
        { () => arange(0, 3, 1), ScalarType.Int64 },
        { () => zeros(2), ScalarType.Float32 },
        { () => ones(2, dtype: ScalarType.Int64), ScalarType.Int64 },
        { () => full(2, 3.0), ScalarType.Float32 },
        { () => full(2, 3), ScalarType.Int64 },
        { () => full(2, true), ScalarType.Int64 },
        { () => full(2, 3, ScalarType.Int32), ScalarType.Int32 },
        { () => full([2L], 3L), ScalarType.Int64 },
        { () => randint(0, 3, [2L]), ScalarType.Int64 },
        { () => randperm(3), ScalarType.Int64 },
        { () => eye(2), ScalarType.Float32 },
        { () => linspace(0, 1, 3), ScalarType.Float32 },
    };

    [Theory]
    [MemberData(nameof(Dtypes))]
    public void TheDtypeIsThatOfTheValues(Func<Tensor> make, ScalarType expected)
    {
        using var made = make();
        made.dtype.Should().Be(expected);
    }

    [Fact]
    public void Filled()
    {
        zeros(2, 2).ShouldBe([2, 2], 0, 0, 0, 0);
        ones([3L]).ShouldBe([3], 1, 1, 1);
        full(2, 2, 7).ShouldBe([2, 2], 7, 7, 7, 7);
        ShapeOf(empty(2, 3, 4)).Should().Equal(2, 3, 4);
        eye(2, 3).ShouldBe([2, 3], 1, 0, 0, 0, 1, 0);
        using var x = ones(2, dtype: ScalarType.Int32);
        x.zeros_like().ShouldBe(0, 0);
        x.full_like(5).ShouldBe(5, 5);
        using var halves = ones_like(x, ScalarType.Float16);
        halves.dtype.Should().Be(ScalarType.Float16);
        x.new_full(2, 9).ShouldBe(9, 9);
        using var fresh = x.new_zeros(3, 1);
        fresh.dtype.Should().Be(ScalarType.Int32);
        fresh.shape.Should().Equal(3, 1);
    }

    [Fact]
    public void Sequences()
    {
        arange(3).ShouldBe(0, 1, 2);
        arange(1, 7, 2).ShouldBe(1, 3, 5);
        arange(0, 1, 0.25).ShouldBe(0, 0.25, 0.5, 0.75);
        linspace(0, 1, 5).ShouldBe(0, 0.25, 0.5, 0.75, 1);
        logspace(0, 2, 3).ShouldBe(1, 10, 100);
    }

    [Fact]
    public void ArraysOfAnyRank()
    {
        tensor(new[,] { { 1, 2 }, { 3, 4 } }).ShouldBe([2, 2], 1, 2, 3, 4);
        tensor(new[,,] { { { 1f }, { 2f } } }).ShouldBe([1, 2, 1], 1, 2);
        tensor(new[] { 1f, 2f, 3f, 4f }, [2, 2]).ShouldBe([2, 2], 1, 2, 3, 4);
        tensor(new List<float> { 1, 2, 3, 4 }, 2, 2).ShouldBe([2, 2], 1, 2, 3, 4);
        from_array(new[,] { { 1.0, 2.0 } }).ShouldBe([1, 2], 1, 2);
        as_tensor(new long[] { 1, 2 }).ShouldBe(1, 2);
        tensor(Array.Empty<float>()).ShouldBe([0]);
        var act = () => tensor(new[] { 1f, 2f, 3f }, [2, 2]);
        act.Should().Throw<ArgumentException>().WithMessage("3 values do not fill a tensor of shape [2, 2], which has 4.*");
    }

    [Fact]
    public void ATensorIsACopyOfItsArray()
    {
        var array = new[] { 1f, 2f };
        using var x = tensor(array);
        array[0] = 100;
        x.ShouldBeStill(1, 2);
    }

    [Fact]
    public void DimensionsHaveNoNames()
    {
        var act = () => zeros(2, names: ["a"]);
        act.Should().Throw<NotSupportedException>();
    }

    [Fact]
    public void TheDefaultDtypeHoldsForFactoriesAndQuotients()
    {
        get_default_dtype().Should().Be(ScalarType.Float32);
        try
        {
            set_default_dtype(ScalarType.Float64);
            using var made = zeros(1);
            made.dtype.Should().Be(ScalarType.Float64);
            using var whole = tensor(1L);
            using var half = whole / 2;
            half.dtype.Should().Be(ScalarType.Float64);
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
    }

    [Fact]
    public void DevicesParse()
    {
        new Device("cuda:1").Should().BeEquivalentTo(new { type = DeviceType.CUDA, index = 1 });
        new Device("cpu").ToString().Should().Be("cpu");
        new Device(DeviceType.CUDA, 2).ToString().Should().Be("cuda:2");
        var act = () => new Device("cuda:x");
        act.Should().Throw<ArgumentException>().WithMessage("'cuda:x' names no device*");
        using var x = zeros(1, device: CPU);
        x.device.ToString().Should().Be("cpu");
        using var ghost = zeros(2, 3, device: META);
        ghost.is_meta.Should().BeTrue();
        ghost.Invoking(g => g.data<float>()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void WithoutCudaThereAreNoDevices()
    {
        cuda.is_available().Should().Be(cuda.device_count() > 0);
        if (!cuda.is_available())
        {
            Action act = () => cuda.synchronize();
            act.Should().Throw<System.Runtime.InteropServices.ExternalException>().WithMessage("no CUDA device is available");
            cuda.manual_seed_all(1);
        }
    }

    [Fact]
    public void SizesCombine()
    {
        var size = new Size((2, 3)) + new Size(4);
        size.Shape.Should().Equal(2, 3, 4);
        size.numel().Should().Be(24);
        size.Slice(1, 3).Should().Equal(3, 4);
        (size == new Size([2L, 3, 4])).Should().BeTrue();
        (size != Size.Empty).Should().BeTrue();
        default(Size).Length.Should().Be(0);
    }

    private static long[] ShapeOf(Tensor tensor)
    {
        using (tensor)
        {
            return tensor.shape;
        }
    }
}

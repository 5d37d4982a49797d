using System.Globalization;
using System.Numerics;
using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class DataAccessTests
{
    [Fact]
    public void AnAccessorReadsAndWritesInPlace()
    {
        using var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        var data = x.data<float>();
        data.Count.Should().Be(6);
        data.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        data[1, 2].Should().Be(6);
        data[-1, 0].Should().Be(4);
        data[0, 0] = 10;
        x[0, 0].ShouldBe(10);
        data.CopyFrom([7f, 8f], 0, 4);
        x[1].ShouldBe(4, 7, 8);
        data.Should().Equal(10, 2, 3, 4, 7, 8);
        ((float[,])data.ToNDArray())[1, 1].Should().Be(7);
        data.Invoking(d => d[2, 0]).Should().Throw<IndexOutOfRangeException>().WithMessage("Index 2 is outside dimension 0 of size 2.");
    }

    [Fact]
    public void AnAccessorFollowsStrides()
    {
        using var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        using var turned = x.t();
        turned.data<float>().ToArray().Should().Equal(1, 4, 2, 5, 3, 6);
        turned.data<float>()[2, 0].Should().Be(3);
        var part = new float[2];
        turned.data<float>().CopyTo(part, 0, 3);
        part.Should().Equal(5, 3);
        turned.Invoking(t => t.bytes.Length).Should().Throw<InvalidOperationException>().WithMessage("*contiguous*");
    }

    [Fact]
    public void AnAccessorEndsWithItsTensor()
    {
        var x = ones(2);
        var data = x.data<float>();
        x.Dispose();
        data.Invoking(d => d.ToArray()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void TheTypeMustMatchTheDtype()
    {
        using var x = ones(1);
        x.Invoking(t => t.data<double>()).Should().Throw<ArgumentException>().WithMessage("*Float32*Double*");
        x.Invoking(t => t.item<long>()).Should().Throw<ArgumentException>();
        using var many = ones(2);
        many.Invoking(t => t.item<float>()).Should().Throw<ArgumentException>().WithMessage("*2 elements*");
    }

    [Fact]
    public void BytesAreReadAndSet()
    {
        using var x = tensor(new short[] { 1, 256 });
        x.bytes.ToArray().Should().Equal(1, 0, 0, 1);
        x.bytes = new byte[] { 2, 0, 3, 0 };
        x.ShouldBeStill(2, 3);
        x.Invoking(t => t.bytes = new byte[3]).Should().Throw<ArgumentException>().WithMessage("*4 bytes*3*");
    }

    [Fact]
    public void SingleValuesConvert()
    {
        using var x = tensor(2.75);
        x.ToDouble().Should().Be(2.75);
        x.ToSingle().Should().Be(2.75f);
        x.ToInt32().Should().Be(2);
        x.ToBoolean().Should().BeTrue();
        ((float)x).Should().Be(2.75f);
        ((long)x).Should().Be(2);
        x.ToScalar().Type.Should().Be(ScalarType.Float64);
        using var half = tensor(1.5f).AndDispose(t => t.half());
        half.ToSingle().Should().Be(1.5f);
        half.item<Half>().Should().Be((Half)1.5);
        using var brain = tensor((BFloat16)1.5f);
        brain.item<BFloat16>().ToSingle().Should().Be(1.5f);
        brain.ReadCpuBFloat16(0).Should().Be(1.5f);
        using var complex = tensor(new Complex(1, 2));
        complex.ToComplexFloat64().Should().Be(new Complex(1, 2));
        complex.real.ShouldBe(1);
        complex.imag.ShouldBe(2);
    }

    [Fact]
    public void DtypesConvert()
    {
        using var x = tensor(new[] { 1.6, -1.6 });
        x.@long().ShouldBe(1, -1);
        x.@float().DtypeAndDispose().Should().Be(ScalarType.Float32);
        x.to(ScalarType.Int8).DtypeAndDispose().Should().Be(ScalarType.Int8);
        x.bfloat16().ShouldBe(1.6015625, -1.6015625);
        x.@bool().ShouldBe(true, true);
        using var copy = x.to(ScalarType.Float64, copy: true);
        copy.zero_();
        x.ShouldBeStill(1.6, -1.6);
        var source = ones(1);
        using var moved = source.to(ScalarType.Int32, disposeAfter: true);
        source.IsInvalid.Should().BeTrue();
        using var like = x.type_as(moved);
        like.dtype.Should().Be(ScalarType.Int32);
    }

    [Fact]
    public void BFloat16RoundsToNearestEven()
    {
        new BFloat16(1 + 1f / 256).ToSingle().Should().Be(1);
        new BFloat16(1 + 3f / 256).ToSingle().Should().Be(1 + 1f / 64);
        BFloat16.IsNaN(new BFloat16(float.NaN)).Should().BeTrue();
        BFloat16.IsPositiveInfinity(new BFloat16(float.MaxValue)).Should().BeTrue();
        ((BFloat16)1f + (BFloat16)2f).Should().Be((BFloat16)3f);
        using var x = tensor(1 + 3f / 256).AndDispose(t => t.bfloat16());
        x.ToSingle().Should().Be(1 + 1f / 64);
    }

    [Fact]
    public void LimitsOfDtypes()
    {
        finfo(ScalarType.Float32).eps.Should().Be(Math.Pow(2, -23));
        finfo(ScalarType.Float64).max.Should().Be(double.MaxValue);
        finfo(ScalarType.BFloat16).min.Should().Be(-(double)BFloat16.MaxValue);
        finfo().bits.Should().Be(32);
        var act = () => finfo(ScalarType.Int32);
        act.Should().Throw<ArgumentException>();
        max_int_value(ScalarType.Int16).Should().Be(short.MaxValue);
        promote_types(ScalarType.Int64, ScalarType.Float16).Should().Be(ScalarType.Float16);
        can_cast(ScalarType.Float32, ScalarType.Int64).Should().BeFalse();
        can_cast(ScalarType.Int64, ScalarType.Float32).Should().BeTrue();
    }

    [Fact]
    public void FilesGiveTheTensorBack()
    {
        using var x = randn(3, 4);
        using var stream = new MemoryStream();
        x.Save(stream);
        using var brain = x.bfloat16();
        brain.Save(stream);
        stream.Position = 0;
        using (var read = Tensor.Load(stream))
        {
            read.Equals(x).Should().BeTrue();
        }

        using var second = Tensor.Load(stream);
        second.Equals(brain).Should().BeTrue();
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        TensorExtensionMethods.Load(reader, skip: true).Should().BeNull();
        using var into = zeros(3, 4, dtype: ScalarType.BFloat16);
        into.Load(reader);
        into.Equals(brain).Should().BeTrue();
    }

    [Fact]
    public void ADamagedFileIsAnError()
    {
        using var x = ones(100);
        using var stream = new MemoryStream();
        x.Save(stream);
        stream.SetLength(50);
        stream.Position = 0;
        stream.Invoking(s => Tensor.Load(s)).Should().Throw<InvalidDataException>().WithMessage("*[100]*too early*");
        using var noise = new MemoryStream([100, 1, 2, 3]);
        noise.Invoking(s => Tensor.Load(s)).Should().Throw<InvalidDataException>().WithMessage("*dtype 100*");
        stream.Position = 0;
        stream.SetLength(500);
        using var reader = new BinaryReader(stream);
        using var other = ones(2);
        other.Invoking(t => t.Load(reader)).Should().Throw<ArgumentException>().WithMessage("*[100]*[2]*");
    }

    [Fact]
    public void TextShowsMetadataOrValues()
    {
        using var x = tensor(new float[,] { { 1, 2.5f }, { 3, 4 } });
        x.ToString().Should().Be("[2x2], type = Float32, device = cpu");
        x.ToString(TorchSharp.TensorStringStyle.Numpy, cultureInfo: CultureInfo.InvariantCulture, newLine: "\n").Should().Be("[[1, 2.5],\n [3, 4]]");
        x.cstr(newLine: "\n", cultureInfo: CultureInfo.InvariantCulture).Should().StartWith("[2x2], type = Float32, device = cpu, value = {{1, 2.5},");
        using var many = arange(100);
        many.npstr().Should().Be("[0, 1, 2, 3, 4, 5, ..., 94, 95, 96, 97, 98, 99]");
        using var truth = tensor(new[] { true, false });
        truth.npstr().Should().Be("[true, false]");
    }
}

using Repro.Core;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    public void Every_dtype_comes_back_bit_for_bit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        // Any bit pattern, not-a-number with a payload included.
        var written = empty([3, 5], dtype: type);
        new Random(7).NextBytes(written.bytes);
        var path = Path.Combine(_folder.Path, "x.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["a.b"] = written });
        using var file = SafetensorsFile.Open(path);
        var read = file.Read("a.b");
        read.dtype.Should().Be(type);
        read.shape.Should().Equal(3, 5);
        read.bytes.ToArray().Should().Equal(written.bytes.ToArray());
    }

    [Fact]
    public void Scalars_empty_tensors_and_views_are_written()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder.Path, "x.safetensors");
        var turned = arange(6, dtype: ScalarType.Float32).reshape(2, 3).t();
        SafetensorsWriter.Write(
            path, new Dictionary<string, Tensor> { ["scalar"] = tensor(3.5f), ["empty"] = zeros(0, 4), ["turned"] = turned });
        using var file = SafetensorsFile.Open(path);
        file.Read("scalar").shape.Should().BeEmpty();
        file.Read("scalar").item<float>().Should().Be(3.5f);
        file.Read("empty").shape.Should().Equal(0, 4);
        file.Read("turned").data<float>().ToArray().Should().Equal(0, 3, 1, 4, 2, 5);
        file.Metadata.Should().ContainKey("format").WhoseValue.Should().Be("pt");
    }

    [Fact]
    public void Copying_converts_and_checks_the_shape()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder.Path, "x.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = tensor(new[] { 1f, 2.5f }).to(ScalarType.BFloat16) });
        using var file = SafetensorsFile.Open(path);
        var target = zeros(2);
        file.CopyTo("x", target);
        target.data<float>().ToArray().Should().Equal(1, 2.5f);
        var wrong = zeros(3);
        file.Invoking(f => f.CopyTo("x", wrong))
            .Should().Throw<ReproException>().WithMessage("*tensor 'x' has shape ?2?, the model expects ?3?*");
        file.Invoking(f => f.Read("y")).Should().Throw<ReproException>().WithMessage("*no tensor 'y'*");
    }

    [Fact]
    public void Shards_hold_the_same_tensors()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 5).ToDictionary(i => Invariant($"t{i}"), i => full(10, (float)i));
        SafetensorsFolder.Write(_folder.Path, tensors, shardBytes: 90);
        File.Exists(Path.Combine(_folder.Path, "model-00001-of-00003.safetensors")).Should().BeTrue();
        using var read = SafetensorsFolder.Open(_folder.Path);
        read.Names.Should().BeEquivalentTo(tensors.Keys);
        foreach (var (name, tensor) in tensors)
        {
            read.Read(name).Equals(tensor).Should().BeTrue();
        }
    }

    [Fact]
    public void An_index_that_disagrees_is_refused()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 2).ToDictionary(i => Invariant($"t{i}"), i => full(10, (float)i));
        SafetensorsFolder.Write(_folder.Path, tensors, shardBytes: 40);
        var index = Path.Combine(_folder.Path, SafetensorsFolder.IndexName);
        var text = File.ReadAllText(index);

        File.WriteAllText(index, text.Replace("\"t1\":", "\"t9\":", StringComparison.Ordinal));
        FluentActions.Invoking(() => SafetensorsFolder.Open(_folder.Path)).Should().Throw<ReproException>().WithMessage("*'t9'*");
        File.WriteAllText(index, text.Replace("model-00002", "../model-00002", StringComparison.Ordinal));
        FluentActions.Invoking(() => SafetensorsFolder.Open(_folder.Path))
            .Should().Throw<ReproException>().WithMessage("*plain file name*");
        File.WriteAllText(index, "[1");
        FluentActions.Invoking(() => SafetensorsFolder.Open(_folder.Path)).Should().Throw<ReproException>().WithMessage("*weight_map*");
        File.Delete(index);
        FluentActions.Invoking(() => SafetensorsFolder.Open(_folder.Path)).Should().Throw<ReproException>().WithMessage("*neither*");
    }
}

using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Any tensors under any names come back from a safetensors file bit for bit.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SafetensorsProperties
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte,
    ];

    private static readonly string[] Letters = ["a", "weight", ".", "0", "é", "模", "\"", "\\", "\n", " ", "𝄞", "/"];

    private static Gen<(string Name, ScalarType Type, long[] Shape, int Seed)> Tensors =>
        from letters in Gen.NonEmptyListOf(Gen.Elements(Letters))
        from type in Gen.Elements(Types)
        from rank in Gen.Choose(0, 4)
        from shape in Gen.ArrayOf(Gen.Choose(0, 4), rank)
        from seed in Gen.Choose(0, int.MaxValue)
        select (string.Concat(letters), type, shape.Select(size => (long)size).ToArray(), seed);

    [Fact]
    public void Names_dtypes_shapes_and_bits_come_back()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "drawn.safetensors");
        Check.That(
            "safetensors round trip",
            Gen.ListOf(Tensors).Select(list => list.DistinctBy(entry => entry.Name).Take(6).ToList()),
            entries =>
            {
                using var scope = NewDisposeScope();
                var written = entries.ToDictionary(entry => entry.Name, entry => Filled(entry.Type, entry.Shape, entry.Seed), StringComparer.Ordinal);
                SafetensorsWriter.Write(path, written);
                using var file = SafetensorsFile.Open(path);
                file.Entries.Keys.Should().BeEquivalentTo(written.Keys);
                foreach (var (name, tensor) in written)
                {
                    var read = file.Read(name);
                    (read.dtype, Bytes(read)).Should().BeEquivalentTo((tensor.dtype, Bytes(tensor)), name);
                    read.shape.Should().Equal(tensor.shape);
                }
            });
    }

    [Fact]
    public void Shards_of_any_size_hold_what_was_written()
    {
        Check.That(
            "sharded round trip",
            from list in Gen.NonEmptyListOf(Tensors)
            from bytes in Gen.Choose(1, 400)
            select (Entries: list.DistinctBy(entry => entry.Name).Take(5).ToList(), bytes),
            input =>
            {
                using var scope = NewDisposeScope();
                using var folder = new TemporaryFolder();
                var written = input.Entries.ToDictionary(entry => entry.Name, entry => Filled(entry.Type, entry.Shape, entry.Seed), StringComparer.Ordinal);
                SafetensorsFolder.Write(folder.Path, written, input.bytes);
                using var read = SafetensorsFolder.Open(folder.Path);
                read.Names.Should().BeEquivalentTo(written.Keys);
                foreach (var (name, tensor) in written)
                {
                    Bytes(read.Read(name)).Should().Equal(Bytes(tensor));
                }
            });
    }

    private static Tensor Filled(ScalarType type, long[] shape, int seed)
    {
        var tensor = empty(shape, dtype: type);
        if (tensor.numel() > 0)
        {
            new System.Random(seed).NextBytes(tensor.bytes);
        }

        return tensor;
    }

    private static byte[] Bytes(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.bytes.ToArray();
}

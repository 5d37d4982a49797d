using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Tensors under different names, filled with bits that follow from a seed, and how large a shard may be.</summary>
public sealed record TensorFile(string[] Names, ScalarType[] Types, long[][] Shapes, int Seed, int ShardBytes) : Drawn;

/// <summary>Draws files.</summary>
public static class SafetensorsInputs
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32,
        ScalarType.Int16, ScalarType.Int8,
        ScalarType.Byte,
    ];

    private static readonly string[] Letters = ["a", "weight", ".", "0", "é", "模", "\"", "\\", "\n", " ", "𝄞", "/"];

    private static Gen<string> Name => Gen.NonEmptyListOf(Gen.Elements(Letters)).Select(string.Concat);

    private static Gen<long[]> Shape =>
        from rank in Gen.Choose(0, 4)
        from sizes in Gen.ArrayOf(Gen.Choose(0, 4), rank)
        select sizes.Select(size => (long)size).ToArray();

    public static Arbitrary<TensorFile> Files() => Draw.Of(
        from drawn in Gen.ListOf(Name)
        let names = drawn.Distinct().Take(6).ToArray()
        from types in Gen.ArrayOf(Gen.Elements(Types), names.Length)
        from shapes in Gen.ArrayOf(Shape, names.Length)
        from seed in Gen.Choose(0, 1_000_000)
        from bytes in Gen.Choose(1, 400)
        select new TensorFile(names, types, shapes, seed, bytes),
        x => x.Names.Length == x.Types.Length && x.Names.Length == x.Shapes.Length && x.ShardBytes >= 1
            && x.Names.All(name => name is { Length: > 0 }) && x.Names.Distinct().Count() == x.Names.Length,
        x => Enumerable.Range(0, x.Names.Length).Select(i => x with
        {
            Names = Draw.Without(x.Names, i),
            Types = Draw.Without(x.Types, i),
            Shapes = Draw.Without(x.Shapes, i),
        }));
}

/// <summary>Any tensors under any names come back from a safetensors file bit for bit.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(SafetensorsInputs) })]
public sealed class SafetensorsProperties : TensorProperties
{
    [Property]
    public void Names_dtypes_shapes_and_bits_come_back(TensorFile input)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "drawn.safetensors");
        var written = Written(input);
        SafetensorsWriter.Write(path, written);
        using var file = SafetensorsFile.Open(path);
        file.Entries.Keys.Should().BeEquivalentTo(written.Keys);
        foreach (var (name, tensor) in written)
        {
            var read = file.Read(name);
            (read.dtype, Bytes(read)).Should().BeEquivalentTo((tensor.dtype, Bytes(tensor)), name);
            read.shape.Should().Equal(tensor.shape);
        }
    }

    [Property]
    public void Shards_of_any_size_hold_what_was_written(TensorFile input)
    {
        if (input.Names.Length == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var written = Written(input);
        SafetensorsFolder.Write(folder.Path, written, input.ShardBytes);
        using var read = SafetensorsFolder.Open(folder.Path);
        read.Names.Should().BeEquivalentTo(written.Keys);
        foreach (var (name, tensor) in written)
        {
            Bytes(read.Read(name)).Should().Equal(Bytes(tensor));
        }
    }

    private static Dictionary<string, Tensor> Written(TensorFile input) => input.Names
        .Select((name, i) => (name, Tensor: Filled(input.Types[i], input.Shapes[i], input.Seed + i)))
        .ToDictionary(entry => entry.name, entry => entry.Tensor, StringComparer.Ordinal);

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

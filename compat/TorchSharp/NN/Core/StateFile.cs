using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// The state file: LEB128 entry count, then per entry name, dtype, number of dimensions, dimensions and raw bytes,
/// every integer in LEB128, the name as UTF-8 with its length in front.
/// </summary>
internal static class StateFile
{
    private const int _maximalNameLength = 1 << 16;
    private const int _maximalDimensions = 64;

    internal sealed record Entry(string Key, ScalarType Dtype, long[] Shape, byte[] Bytes);

    internal static void Write(BinaryWriter writer, IReadOnlyList<KeyValuePair<string, Tensor>> entries)
    {
        writer.Write7BitEncodedInt(entries.Count);
        foreach ((string key, Tensor tensor) in entries)
        {
            writer.Write(key);
            WriteTensor(writer, tensor);
        }
    }

    internal static void WriteTensor(BinaryWriter writer, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor plain = tensor.detach().cpu().contiguous();
        writer.Write7BitEncodedInt((int)plain.dtype);
        writer.Write7BitEncodedInt(plain.shape.Length);
        foreach (long size in plain.shape)
        {
            writer.Write7BitEncodedInt64(size);
        }

        writer.Write(plain.bytes);
    }

    /// <summary>Reads and checks all entries of a state that go into <paramref name="target"/>.</summary>
    internal static IReadOnlyList<Entry> Read(BinaryReader reader, Dictionary<string, Tensor> target, bool strict, IList<string>? skip)
    {
        int count = Guarded(reader.Read7BitEncodedInt, "the number of entries");
        if (count < 0 || (strict && count != target.Count))
        {
            throw new ArgumentException($"The state has {count} entries, the module expects {target.Count}.");
        }

        var entries = new List<Entry>();
        for (int i = 0; i < count; i++)
        {
            string key = Guarded(() => ReadName(reader), $"the name of entry {i + 1} of {count}");
            bool known = target.TryGetValue(key, out Tensor? into);
            if (!known && strict)
            {
                throw new ArgumentException($"The state has '{key}', the module has no parameter or buffer of that name.");
            }

            Entry entry = ReadEntry(reader, key, known ? into : null);
            if (known && skip?.Contains(key) != true)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <summary>Reads dtype, shape and bytes of one tensor; with <paramref name="into"/> they have to fit it.</summary>
    internal static Entry ReadEntry(BinaryReader reader, string key, Tensor? into)
    {
        int dtype = Guarded(reader.Read7BitEncodedInt, $"the dtype of '{key}'");
        int dimensions = Guarded(reader.Read7BitEncodedInt, $"the shape of '{key}'");
        if (dtype < 0 || dtype > sbyte.MaxValue || !Enum.IsDefined((ScalarType)dtype) || dimensions is < 0 or > _maximalDimensions)
        {
            throw new InvalidDataException($"The state is damaged at '{key}': dtype {dtype}, {dimensions} dimensions.");
        }

        var shape = new long[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            shape[i] = Guarded(reader.Read7BitEncodedInt64, $"the shape of '{key}'");
        }

        var type = (ScalarType)dtype;
        if (into is not null)
        {
            Check(key, type, shape, into);
        }

        long length = ByteCount(key, type, shape);
        byte[] bytes = reader.ReadBytes(checked((int)length));
        if (bytes.Length != length)
        {
            throw new InvalidDataException($"The state ends within '{key}': {length} bytes expected, {bytes.Length} found.");
        }

        return new Entry(key, type, shape, bytes);
    }

    internal static void CopyTo(Entry entry, Tensor target)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor staged = empty(entry.Shape, dtype: entry.Dtype);
        staged.bytes = entry.Bytes;
        target.copy_(staged);
    }

    internal static string Text(long[] shape) => $"[{string.Join(", ", shape)}]";

    private static void Check(string key, ScalarType dtype, long[] shape, Tensor into)
    {
        if (dtype != into.dtype)
        {
            throw new ArgumentException($"'{key}' has dtype {dtype} in the state, the module expects {into.dtype}.");
        }

        if (!shape.SequenceEqual(into.shape))
        {
            throw new ArgumentException($"'{key}' has shape {Text(shape)} in the state, the module expects {Text(into.shape)}.");
        }
    }

    private static long ByteCount(string key, ScalarType dtype, long[] shape)
    {
        long count = dtype.ElementSize();
        foreach (long size in shape)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
            {
                throw new InvalidDataException($"The state is damaged at '{key}': shape {Text(shape)}.");
            }

            count *= size;
        }

        return count;
    }

    private static string ReadName(BinaryReader reader)
    {
        int length = reader.Read7BitEncodedInt();
        if (length is <= 0 or > _maximalNameLength)
        {
            throw new FormatException($"a name of {length} bytes");
        }

        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? System.Text.Encoding.UTF8.GetString(bytes) : throw new EndOfStreamException();
    }

    private static T Guarded<T>(Func<T> read, string what)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException failure)
        {
            throw new InvalidDataException($"The state ends before {what}.", failure);
        }
        catch (FormatException failure)
        {
            throw new InvalidDataException($"The state is damaged at {what}.", failure);
        }
    }
}

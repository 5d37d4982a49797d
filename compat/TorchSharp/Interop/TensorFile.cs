using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>The binary form of one tensor: dtype, number of dimensions, dimensions, all as LEB128, then the raw bytes.</summary>
internal static class TensorFile
{
    private const int Block = 1 << 20;

    public static void Write(Tensor tensor, BinaryWriter writer)
    {
        writer.Write7BitEncodedInt((int)tensor.dtype);
        writer.Write7BitEncodedInt((int)tensor.dim());
        foreach (var size in tensor.shape)
        {
            writer.Write7BitEncodedInt64(size);
        }

        WriteBytes(tensor, writer.Write);
    }

    /// <summary>Reads a tensor; null when it is skipped.</summary>
    /// <exception cref="InvalidDataException">What is read is no tensor, or ends too early.</exception>
    public static Tensor? Read(BinaryReader reader, bool skip)
    {
        var type = (ScalarType)reader.Read7BitEncodedInt();
        var dimensions = reader.Read7BitEncodedInt();
        if (!Enum.IsDefined(type) || dimensions is < 0 or > 64)
        {
            throw new InvalidDataException($"No tensor begins here: dtype {(int)type}, {dimensions} dimensions.");
        }

        var shape = new long[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            shape[i] = reader.Read7BitEncodedInt64();
        }

        if (Array.Exists(shape, size => size < 0))
        {
            throw new InvalidDataException($"No tensor has the shape [{string.Join(", ", shape)}].");
        }

        if (skip)
        {
            Skip(reader, shape.TotalSize() * type.Size());
            return null;
        }

        var tensor = Factory.Filled(Aten.empty_memory_format, shape, type, CPU, false, null);
        try
        {
            ReadBytes(tensor, reader.Read);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Hands all bytes of a tensor on, from whatever device.</summary>
    public static unsafe void WriteBytes(Tensor tensor, SpanWriter write)
    {
        using var local = tensor.cpu();
        using var plain = local.contiguous();
        var left = plain.numel() * plain.element_size();
        for (var data = (byte*)plain.DataPointer(); left > 0; data += Block, left -= Block)
        {
            write(new ReadOnlySpan<byte>(data, (int)Math.Min(Block, left)));
        }
    }

    /// <summary>Fills a contiguous tensor on the CPU.</summary>
    /// <exception cref="InvalidDataException">The bytes end too early.</exception>
    public static unsafe void ReadBytes(Tensor tensor, SpanReader read)
    {
        var left = tensor.numel() * tensor.element_size();
        var data = (byte*)tensor.DataPointer();
        while (left > 0)
        {
            var count = read(new Span<byte>(data, (int)Math.Min(Block, left)));
            if (count <= 0)
            {
                throw new InvalidDataException($"The bytes of a tensor of shape [{string.Join(", ", tensor.shape)}] end {left} bytes too early.");
            }

            data += count;
            left -= count;
        }

        GC.KeepAlive(tensor);
    }

    private static void Skip(BinaryReader reader, long bytes)
    {
        var buffer = new byte[(int)Math.Min(Block, bytes)];
        while (bytes > 0)
        {
            var count = reader.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes));
            bytes -= count > 0 ? count : throw new InvalidDataException($"A tensor to be skipped ends {bytes} bytes too early.");
        }
    }

    internal delegate void SpanWriter(ReadOnlySpan<byte> bytes);

    internal delegate int SpanReader(Span<byte> bytes);
}

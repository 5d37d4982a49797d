using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Repro.Core.Models.Safetensors;

/// <summary>Writes safetensors files: tensors in order of name, each with its own dtype, no byte between them.</summary>
public static class SafetensorsWriter
{
    private const long PartBytes = 1L << 30;

    /// <summary>Writes one file. An existing file is replaced only after the new one is whole.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="tensors">Tensors by name, of any device.</param>
    /// <param name="metadata">Texts for <c>__metadata__</c>; without it <c>format: pt</c>, which readers of such files ask for.</param>
    /// <exception cref="ArgumentException">A dtype has no name in the format, or a name is <c>__metadata__</c>.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, partial =>
        {
            using var stream = new FileStream(partial, FileMode.Create, FileAccess.Write);
            Write(stream, tensors, metadata);
        });
    }

    /// <summary>Writes the bytes of one file to a stream.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="tensors">Tensors by name, of any device.</param>
    /// <param name="metadata">Texts for <c>__metadata__</c>; without it <c>format: pt</c>, which readers of such files ask for.</param>
    /// <exception cref="ArgumentException">A dtype has no name in the format, or a name is <c>__metadata__</c>.</exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        var ordered = tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        var header = Header(ordered, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var (_, tensor) in ordered)
        {
            WriteData(stream, tensor);
        }
    }

    /// <summary>The number of bytes that a tensor takes in a file.</summary>
    internal static long BytesOf(Tensor tensor) => tensor.numel() * SafetensorsDtypes.SizeOf(tensor.dtype);

    private static byte[] Header(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, text);
                }

                json.WriteEndObject();
            }

            var position = 0L;
            foreach (var (name, tensor) in tensors)
            {
                WriteEntry(json, name, tensor, ref position);
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of eight: the data is aligned then.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, ref long position)
    {
        if (name == "__metadata__")
        {
            throw new ArgumentException("A tensor must not be named '__metadata__'.", nameof(name));
        }

        var dtype = SafetensorsDtypes.NameOf(tensor.dtype)
            ?? throw new ArgumentException($"Tensor '{name}' has dtype {tensor.dtype}, which the format does not know.", nameof(tensor));
        json.WriteStartObject(name);
        json.WriteString("dtype", dtype);
        json.WriteStartArray("shape");
        foreach (var size in tensor.shape)
        {
            json.WriteNumberValue(size);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(position);
        position += BytesOf(tensor);
        json.WriteNumberValue(position);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            return;
        }

        var size = SafetensorsDtypes.SizeOf(tensor.dtype);
        using var detached = tensor.detach();
        using var local = detached.cpu();
        using var packed = local.contiguous();
        using var flat = packed.view(-1);
        var count = flat.numel();
        for (var first = 0L; first < count; first += PartBytes / size)
        {
            using var part = flat.narrow(0, first, Math.Min(PartBytes / size, count - first));
            stream.Write(part.bytes);
        }
    }
}

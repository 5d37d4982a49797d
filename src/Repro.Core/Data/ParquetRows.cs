using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Parquet;
using Parquet.Serialization;

namespace Repro.Core.Data;

/// <summary>The rows of a Parquet file as objects.</summary>
internal static class ParquetRows
{
    /// <summary>Rows of one row group that are held in memory at most.</summary>
    private const long LargestGroup = 10_000_000;

    /// <summary>Bytes of one row group, unpacked, that are held in memory at most.</summary>
    private const long LargestBytes = 1L << 31;

    internal static IEnumerable<RowFields> Read(string path, CancellationToken cancellation)
    {
        using var stream = DataStream.OpenWhole(path);
        RequireWhole(stream, path);
        var groups = Guarded(path, () => Groups(stream, path, cancellation));
        var line = 0L;
        for (var group = 0; group < groups; group++)
        {
            var index = group;
            foreach (var row in Guarded(path, () => Rows(stream, index, cancellation)))
            {
                cancellation.ThrowIfCancellationRequested();
                line++;
                using var document = TableRow.Create(writer => Members(writer, row));
                yield return new RowFields(document.RootElement, path, line);
            }
        }
    }

    // A file begins and ends with a mark; the footer stands before the last one, and its length behind it. What is cut off shows here,
    // where the package only runs into a place that is not there.
    private static void RequireWhole(Stream stream, string path)
    {
        Span<byte> end = stackalloc byte[8];
        if (stream.Length >= 12)
        {
            stream.Position = stream.Length - end.Length;
            stream.ReadExactly(end);
        }

        var footer = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (!end[4..].SequenceEqual("PAR1"u8) || footer > stream.Length - 12)
        {
            throw new ReproException($"{path}: the Parquet file is damaged or cut off: its last bytes are not those of a whole file. "
                + "Copy or download it again.");
        }
    }

    private static int Groups(Stream stream, string path, CancellationToken cancellation)
    {
        stream.Position = 0;
        var opening = ParquetReader.CreateAsync(stream, null, leaveStreamOpen: true, cancellation);
        var reader = opening.GetAwaiter().GetResult();
        try
        {
            var large =
                reader.Metadata?.RowGroups.Find(group => group.NumRows is < 0 or > LargestGroup || group.TotalByteSize > LargestBytes);
            return large is null ? reader.RowGroupCount : throw new ReproException(Invariant(
                $"{path}: a row group has {large.NumRows} rows in {large.TotalByteSize} bytes; ")
                + Invariant($"at most {LargestGroup} in {LargestBytes} are read at once. Write smaller row groups."));
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static IList<Dictionary<string, object>> Rows(Stream stream, int group, CancellationToken cancellation)
    {
        stream.Position = 0;
        return ParquetSerializer.DeserializeUntypedAsync(stream, null, group, cancellation).GetAwaiter().GetResult().Data;
    }

    // The package throws whatever a broken page makes it run into: bad indices, casts, sizes.
    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is not (ReproException or OperationCanceledException))
        {
            // What the package says of broken pages is about its own insides; of forms that it does not know it names the form.
            var form = failure is NotSupportedException or NotImplementedException ? $": {failure.Message}" : ".";
            throw new ReproException($"{path}: the Parquet file is damaged or of a form that is not read{form}", failure);
        }
    }

    private static void Members(Utf8JsonWriter writer, IDictionary<string, object> row)
    {
        foreach (var (name, value) in row)
        {
            writer.WritePropertyName(name);
            Value(writer, value);
        }
    }

    private static void Value(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case ReadOnlyMemory<char> text:
                writer.WriteStringValue(text.Span);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case float or double when !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                writer.WriteNullValue();
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal:
                writer.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case IDictionary<string, object> inner:
                writer.WriteStartObject();
                Members(writer, inner);
                writer.WriteEndObject();
                break;
            // Files of some writers do not mark their texts as such.
            case byte[] bytes when Utf8.IsValid(bytes):
                writer.WriteStringValue(bytes);
                break;
            case ReadOnlyMemory<byte> bytes when Utf8.IsValid(bytes.Span):
                writer.WriteStringValue(bytes.Span);
                break;
            case System.Collections.IEnumerable list and not byte[]:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Value(writer, item);
                }

                writer.WriteEndArray();
                break;
            case IFormattable formattable:
                writer.WriteStringValue(formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                // No text: who reads this column is told, and none trains on the name of a type.
                writer.WriteStartObject();
                writer.WriteString("not_readable", value.GetType().Name);
                writer.WriteEndObject();
                break;
        }
    }
}

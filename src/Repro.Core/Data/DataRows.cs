using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CsvHelper;

namespace Repro.Core.Data;

/// <summary>A data file, and how its columns are called.</summary>
/// <param name="Path">The file.</param>
public sealed record RowSource(string Path)
{
    /// <summary>Names that a format reads, by the names of the file's own columns; null where they are the same.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>A file whose columns are called as its format calls them.</summary>
    /// <param name="path">The file.</param>
    public static implicit operator RowSource(string path) => FromPath(path);

    /// <summary>A file whose columns are called as its format calls them.</summary>
    /// <param name="path">The file.</param>
    public static RowSource FromPath(string path) => new(path);
}

/// <summary>The rows of a data file as objects, whatever the file is: JSON lines, a JSON array, CSV, Parquet or plain text, compressed or
/// not.</summary>
internal static class DataRows
{
    /// <summary>Reads a file once, from front to back; memory does not grow with it (Parquet: holds one row group).</summary>
    /// <param name="source">.jsonl, .json, .csv, .tsv, .txt, each also as .gz or .zst, or .parquet.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>Rows that are valid until the next one is asked for.</returns>
    /// <exception cref="ReproException">While rows are read: the file is missing, damaged or without a row, a row is no object, or a
    /// renamed column is not there; names the line.</exception>
    internal static IEnumerable<RowFields> Read(RowSource source, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source.Path);
        return Rows(source, cancellation);
    }

    private static IEnumerable<RowFields> Rows(RowSource source, CancellationToken cancellation)
    {
        var first = true;
        foreach (var row in Objects(source.Path, cancellation))
        {
            var named = source.Columns is { Count: > 0 } columns ? row.Renamed(columns) : row;
            if (first)
            {
                named.RequireColumns();
                first = false;
            }

            yield return named;
        }

        if (first)
        {
            throw new ReproException(HasEnding(source.Path, ".csv") || HasEnding(source.Path, ".tsv")
                ? $"{source.Path}: the table holds no rows; at least one below a header line was expected."
                : $"{source.Path}: the file holds no rows; at least one was expected.");
        }
    }

    private static IEnumerable<RowFields> Objects(string path, CancellationToken cancellation) =>
        DataStream.IsParquet(path) ? ParquetRows.Read(path, cancellation)
        : HasEnding(path, ".csv") || HasEnding(path, ".tsv") ? CsvRows.Objects(path, cancellation)
        : HasEnding(path, ".txt") ? TextRows.Read(path, cancellation)
        : JsonRows.Read(path, cancellation);

    internal static bool HasEnding(string path, string ending) =>
        new[] { string.Empty, ".gz", ".zst" }.Any(packed => path.EndsWith(ending + packed, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The objects of a JSON lines file or of a JSON array, one at a time.</summary>
internal static class JsonRows
{
    // Conversation trees nest two levels for each message.
    internal const int DeepestLevel = 512;

    internal static IEnumerable<RowFields> Read(string path, CancellationToken cancellation)
    {
        using var reader = new RowReader(path);
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            using var document = Parse(reader);
            yield return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RowFields(document.RootElement, path, reader.Line)
                : throw reader.Fault(reader.Line, $"a JSON object was expected, found {RowFields.Shown(document.RootElement)}");
        }
    }

    private static JsonDocument Parse(RowReader reader)
    {
        JsonDocument? document = null;
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = DeepestLevel, AllowDuplicateProperties = false };
            document = JsonDocument.Parse(reader.Row, options);
            if (HasSurrogateEscape(reader.Row.Span))
            {
                CheckNames(document.RootElement);
            }

            return document;
        }
        catch (InvalidOperationException failure)
        {
            // A name with an escape such as \ud83d without its other half. Values are told apart by key where they are read.
            document?.Dispose();
            throw reader.Fault(reader.Line, "a key holds half of a surrogate pair; names in Unicode were expected", failure);
        }
        catch (JsonException failure)
        {
            throw reader.Fault(
                reader.Line + (failure.LineNumber ?? 0),
                    Invariant($"the row is not valid JSON at byte {(failure.BytePositionInLine ?? 0) + 1}: {Reason(failure)}"), failure);
        }
    }

    /// <summary>Why a text is no JSON, without its end and without the place, which messages give in their own words.</summary>
    internal static string Reason(JsonException failure) =>
        failure.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.', ' ', '|');

    private static bool HasSurrogateEscape(ReadOnlySpan<byte> row) => row.IndexOf("\\ud"u8) >= 0 || row.IndexOf("\\uD"u8) >= 0;

    /// <summary>Goes through all keys. Looking a name up takes escaped names apart, which fails on those that are no text.</summary>
    /// <exception cref="InvalidOperationException">A key holds half of a surrogate pair.</exception>
    internal static void CheckNames(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                CheckNames(member.Value);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                CheckNames(item);
            }
        }
    }
}

/// <summary>The lines of a plain text, each as an object with the key <c>text</c>.</summary>
internal static class TextRows
{
    internal const string Column = "text";

    internal static IEnumerable<RowFields> Read(string path, CancellationToken cancellation)
    {
        using var reader = new RowReader(path, plainText: true);
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            var line = Encoding.UTF8.GetString(reader.Row.Span);
            using var document = TableRow.Create(writer => writer.WriteString(Column, line));
            yield return new RowFields(document.RootElement, path, reader.Line);
        }
    }
}

/// <summary>Objects made of the rows of tables.</summary>
internal static class TableRow
{
    internal static JsonDocument Create(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = JsonRows.DeepestLevel });
    }
}

/// <summary>The rows of a table with a header line, separated by commas (tabs in a .tsv), one at a time.</summary>
internal static class CsvRows
{
    /// <summary>The rows as objects; every cell is a text.</summary>
    internal static IEnumerable<RowFields> Objects(string path, CancellationToken cancellation)
    {
        foreach (var (line, names, values) in Cells(path, cancellation))
        {
            using var document = TableRow.Create(writer =>
            {
                for (var i = 0; i < names.Count; i++)
                {
                    writer.WriteString(names[i], values[i]);
                }
            });
            yield return new RowFields(document.RootElement, path, line) { CellsAreTexts = true };
        }
    }

    /// <summary>The rows of a table without header, with the line at which each ends.</summary>
    internal static IEnumerable<(long Line, string[] Cells)> WithoutHeader(string path, CancellationToken cancellation)
    {
        using var stream = new TextStream(DataStream.Open(path), path);
        using var csv = CsvReader.Create(stream, Options(path) with { HasHeader = false });
        while (Next(csv, path))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return (csv.LineNumber, [.. Enumerable.Range(0, csv.FieldCount).Select(place => Cell(csv, place, path))]);
        }
    }

    private static CsvReaderOptions Options(string path) => CsvReaderOptions.Default with
    {
        Separator = DataRows.HasEnding(path, ".tsv") ? '\t' : ',',
        TrackLineNumbers = true,
        MaxRecordSize = RowReader.LongestRow,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    private static IEnumerable<(long Line, IReadOnlyList<string> Names, string[] Values)> Cells(string path, CancellationToken cancellation)
    {
        using var stream = new TextStream(DataStream.Open(path), path);
        using var csv = CsvReader.Create(stream, Options(path) with { FieldCountMismatch = CsvFieldCountHandling.Throw });
        List<string>? names = null;
        while (Next(csv, path))
        {
            cancellation.ThrowIfCancellationRequested();
            names ??= Names(csv, path);
            yield return (csv.LineNumber, names, [.. Enumerable.Range(0, names.Count).Select(place => Cell(csv, place, path))]);
        }
    }

    private static List<string> Names(CsvReader csv, string path)
    {
        var names = csv.Headers.ToList();
        var twice = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? names : throw new ReproException($"{path}:1: the table has the column '{twice.Key}' more than once.");
    }

    private static string Cell(CsvReader csv, int place, string path)
    {
        var bytes = csv.GetSpan(place);
        return Utf8.IsValid(bytes) ? csv.GetString(place)
            : throw new ReproException(Invariant($"{path}:{csv.LineNumber}: is not valid UTF-8."));
    }

    private static bool Next(CsvReader csv, string path)
    {
        try
        {
            return csv.Read();
        }
        catch (Exception failure) when (failure is CsvFormatException or IOException or InvalidDataException)
        {
            throw new ReproException(Invariant($"{path}:{csv.LineNumber}: the table is damaged or cut off: {failure.Message}"), failure);
        }
    }
}

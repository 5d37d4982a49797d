using System.Text.Json;
using CsvHelper;

namespace Repro.Core.Data;

/// <summary>Finds the files of a data set.</summary>
public static class DataFiles
{
    private static readonly string[] Endings = [".jsonl", ".jsonl.gz", ".json", ".json.gz", ".csv"];

    /// <summary>The files that a setting means.</summary>
    /// <param name="path">A file, or a folder that holds data files.</param>
    /// <param name="part">Of a folder only: a word of the file names, such as <c>train</c>; null where the folder has one data
    /// file.</param>
    /// <returns>At least one file; those of a folder sorted by name.</returns>
    /// <exception cref="ReproException">There is nothing, or a folder leaves open which of its files is meant.</exception>
    public static IReadOnlyList<string> Find(string path, string? part = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            return part is null ? [path] : throw new ReproException($"{path}: a part ('{part}') of a folder was asked for; this is a file.");
        }

        if (!Directory.Exists(path))
        {
            throw new ReproException($"{path}: no such file or folder.");
        }

        var files = Directory.EnumerateFiles(path).Where(file => Endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal).ToList();
        var names = string.Join(", ", files.Select(Path.GetFileName));
        if (files.Count == 0)
        {
            throw new ReproException($"{path}: the folder holds no data file ({string.Join(", ", Endings)}).");
        }

        var chosen = part is null ? files : files.FindAll(file => HasWord(Path.GetFileName(file), part));
        return chosen.Count == 0 ? throw new ReproException($"{path}: no data file of the part '{part}'; the folder holds {names}.")
            : part is null && chosen.Count > 1 ? throw new ReproException($"{path}: the folder holds several data files ({names}); name one of them, or a part such as 'train'.")
            : chosen;
    }

    private static bool HasWord(string name, string word)
    {
        for (var at = name.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at = name.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetterOrDigit(name[at - 1])) && (end == name.Length || !char.IsLetterOrDigit(name[end])))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The objects of a JSON lines file or of a JSON array, one at a time.</summary>
internal static class JsonRows
{
    // Conversation trees nest two levels for each message.
    private const int DeepestLevel = 512;

    /// <summary>Reads a file once, from front to back; memory does not grow with it.</summary>
    /// <param name="path">.json, .jsonl, or either one compressed with gzip.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Rows that are valid until the next one is asked for.</returns>
    /// <exception cref="ReproException">While rows are read: the file is missing, damaged or without a row, or a row is no JSON object;
    /// names the line.</exception>
    internal static IEnumerable<RowFields> Read(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Rows(path, cancellation);
    }

    private static IEnumerable<RowFields> Rows(string path, CancellationToken cancellation)
    {
        using var reader = new RowReader(path);
        var any = false;
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            any = true;
            using var document = Parse(reader);
            yield return document.RootElement.ValueKind == JsonValueKind.Object
                ? new RowFields(document.RootElement, path, reader.Line)
                : throw reader.Fault(reader.Line, $"a JSON object was expected, found {RowFields.Shown(document.RootElement)}");
        }

        if (!any)
        {
            throw new ReproException($"{path}: the file holds no rows; at least one was expected.");
        }
    }

    private static JsonDocument Parse(RowReader reader)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(reader.Row, new JsonDocumentOptions { MaxDepth = DeepestLevel, AllowDuplicateProperties = false });
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
            // The place stands in the message already, counted from the row.
            var reason = failure.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.');
            throw reader.Fault(
                reader.Line + (failure.LineNumber ?? 0), Invariant($"the row is not valid JSON at byte {(failure.BytePositionInLine ?? 0) + 1}: {reason}"), failure);
        }
    }

    private static bool HasSurrogateEscape(ReadOnlySpan<byte> row) => row.IndexOf("\\ud"u8) >= 0 || row.IndexOf("\\uD"u8) >= 0;

    // Looking a name up compares it with escaped names, which fails on those that are no text.
    private static void CheckNames(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.NameEquals(ReadOnlySpan<byte>.Empty);
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

/// <summary>The rows of a comma-separated table with a header line, one at a time.</summary>
internal static class CsvRows
{
    /// <summary>Reads a file once, from front to back; memory does not grow with it.</summary>
    /// <param name="path">A .csv file in UTF-8.</param>
    /// <param name="columns">Columns that are wanted; the table must have them all.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Line of each row, and the texts of the columns in the order asked for.</returns>
    /// <exception cref="ReproException">While rows are read: the file is missing, damaged or without a row, or a column is
    /// missing.</exception>
    internal static IEnumerable<(long Line, string[] Values)> Read(string path, IReadOnlyList<string> columns, CancellationToken cancellation = default)
    {
        using var stream = Open(path);
        using var csv = CsvReader.Create(stream, CsvReaderOptions.Default with
        {
            Separator = ',',
            TrackLineNumbers = true,
            MaxRecordSize = RowReader.LongestRow,
            MalformedData = CsvMalformedDataHandling.Throw,
            FieldCountMismatch = CsvFieldCountHandling.Throw,
        });
        int[]? places = null;
        while (Next(csv, path))
        {
            cancellation.ThrowIfCancellationRequested();
            places ??= [.. columns.Select(column => Place(csv, column, path))];
            yield return (csv.LineNumber, [.. places.Select(csv.GetString)]);
        }

        if (places is null)
        {
            throw new ReproException($"{path}: the table holds no rows; at least one below a header line was expected.");
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ReproException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    private static bool Next(CsvReader csv, string path)
    {
        try
        {
            return csv.Read();
        }
        catch (Exception failure) when (failure is CsvFormatException or IOException)
        {
            throw new ReproException(Invariant($"{path}:{csv.LineNumber}: the table is damaged or cut off: {failure.Message}"), failure);
        }
    }

    private static int Place(CsvReader csv, string column, string path)
    {
        var place = csv.Headers.ToList().IndexOf(column);
        return place >= 0 ? place : throw new ReproException($"{path}:1: the column '{column}' is missing; the table has {string.Join(", ", csv.Headers.ToList())}.");
    }
}

using System.Text.Json;

namespace Repro.Core.Data.Files;

/// <summary>The objects of a JSON lines file or of a JSON array, one at a time.</summary>
internal static class JsonRows
{
    // Conversation trees nest two levels for each message.
    private const int DeepestLevel = 512;

    /// <summary>Reads a file once, from front to back; memory does not grow with it.</summary>
    /// <param name="path">.json, .jsonl, or either one compressed with gzip.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Rows that are valid until the next one is asked for.</returns>
    /// <exception cref="ReproException">While rows are read: the file is missing, damaged or without a row, or a row is no JSON object; names the line.</exception>
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

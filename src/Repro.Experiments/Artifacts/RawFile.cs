using System.Text.Json;
using CsvHelper;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>The bytes of a released file.</summary>
/// <param name="Path">Path as the user knows it, for messages.</param>
/// <param name="Bytes">The content.</param>
public sealed record RawFile(string Path, byte[] Bytes)
{
    /// <summary>The content as JSON.</summary>
    /// <exception cref="InputException">It is not: the message names file, line and what the parser says.</exception>
    public JsonElement Json()
    {
        try
        {
            using var document = JsonDocument.Parse(Bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InputException(Invariant($"{Path}:{e.LineNumber + 1}: truncated or malformed JSON: {e.Message}"), e);
        }
    }

    /// <summary>The content as a JSON list.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public IReadOnlyList<JsonElement> JsonList()
    {
        var root = Json();
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : throw new InputException($"{Path}:1: expected a JSON list");
    }

    /// <summary>The content as a comma-separated table with a header line: one dictionary from column to text for each row.</summary>
    /// <exception cref="InputException">It is not: the message names file and line.</exception>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Csv()
    {
        using var csv = CsvReader.Create(Bytes, CsvReaderOptions.Default with
        {
            Separator = ',',
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            FieldCountMismatch = CsvFieldCountHandling.Throw,
        });
        try
        {
            var rows = new List<IReadOnlyDictionary<string, string>>();
            while (csv.Read())
            {
                rows.Add(csv.Headers.Select((name, i) => (name, value: csv.GetString(i))).ToDictionary(x => x.name, x => x.value, StringComparer.Ordinal));
            }

            return rows;
        }
        catch (CsvFormatException e)
        {
            throw new InputException(Invariant($"{Path}:{csv.LineNumber}: truncated or malformed CSV: {e.Message}"), e);
        }
    }
}

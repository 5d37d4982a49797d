using System.Text.Json;
using CsvHelper;
using Repro.Core;

namespace Repro.Experiments.Artifacts;

/// <summary>The bytes of a released file.</summary>
/// <param name="Path">Path as the user knows it, for messages.</param>
/// <param name="Bytes">The content.</param>
public sealed record RawFile(string Path, byte[] Bytes)
{
    /// <summary>The content as JSON.</summary>
    /// <exception cref="ReproException">It is not: the message names file, line and what the parser says.</exception>
    public JsonElement Json()
    {
        try
        {
            using var document = JsonDocument.Parse(Bytes);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ReproException(Invariant($"{Path}:{e.LineNumber + 1}: truncated or malformed JSON: {e.Message}"), e);
        }
    }

    /// <summary>The content as a JSON list.</summary>
    /// <exception cref="ReproException">It is not.</exception>
    public IReadOnlyList<JsonElement> JsonList()
    {
        var root = Json();
        return root.ValueKind == JsonValueKind.Array
            ? [.. root.EnumerateArray()]
            : throw new ReproException($"{Path}:1: expected a JSON list");
    }

    /// <summary>The content as a comma-separated table with a header line: one dictionary from column to text for each row.</summary>
    /// <exception cref="ReproException">It is not: the message names file and line.</exception>
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
                rows.Add(
                    csv.Headers.Select((name, i) => (name, value: csv.GetString(i)))
                        .ToDictionary(x => x.name, x => x.value, StringComparer.Ordinal));
            }

            return rows;
        }
        catch (CsvFormatException e)
        {
            throw new ReproException(Invariant($"{Path}:{csv.LineNumber}: truncated or malformed CSV: {e.Message}"), e);
        }
    }
}

/// <summary>
/// The numeric facts of one kind of released file. The same record is parsed from the raw file and stored, as JSON, under
/// <c>fixtures/artifacts</c>, so that specs cannot tell which of the two they run on. Facts hold numbers, names and hashes, never text of
/// prompts or replies.
/// </summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IFacts<TSelf>
    where TSelf : class, IFacts<TSelf>
{
    /// <summary>Extracts the facts of a raw file.</summary>
    /// <param name="file">The raw file.</param>
    /// <exception cref="ReproException">The file is malformed; the message names file and entry.</exception>
    static abstract TSelf Parse(RawFile file);
}

/// <summary>Typed access to JSON members, with messages that name file and entry.</summary>
internal static class JsonMembers
{
    internal static string Text(this JsonElement element, string name, string where) =>
        Member(element, name, where) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new ReproException($"{where}: '{name}' must be a string");

    internal static double Number(this JsonElement element, string name, string where) =>
        Member(element, name, where) is { ValueKind: JsonValueKind.Number } value
        ? value.GetDouble()
        : throw new ReproException($"{where}: '{name}' must be a number");

    internal static JsonElement Member(this JsonElement element, string name, string where) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value
            : throw new ReproException($"{where}: '{name}' is missing");
}

using System.Text.Json;

namespace Repro.Core.Models;

/// <summary>A JSON object from a file; what is missing or of the wrong kind is reported with file and key.</summary>
internal sealed class ConfigObject
{
    private readonly string _file;
    private readonly JsonElement _element;

    private ConfigObject(string file, JsonElement element)
    {
        _file = file;
        _element = element;
    }

    internal static ConfigObject Load(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { MaxDepth = 32 });
            ReadTexts(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigObject(file, document.RootElement.Clone())
                : throw new ReproException($"{file}: a JSON object was expected, found {document.RootElement.ValueKind}.");
        }
        catch (DirectoryNotFoundException failure)
        {
            throw new ReproException(
                $"{Path.GetDirectoryName(file)}: no such folder; that of {Path.GetFileName(file)} was expected.", failure);
        }
        catch (FileNotFoundException failure)
        {
            throw new ReproException($"{file}: no such file.", failure);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{file}: cannot be read as JSON: {failure.Message}", failure);
        }
        catch (InvalidOperationException failure)
        {
            throw new ReproException($"{file}: a text in it is not valid Unicode.", failure);
        }
    }

    /// <summary>The object as it was written.</summary>
    public override string ToString() => _element.GetRawText();

    internal ReproException Fault(string key, string expectation) =>
        new($"{_file}: '{key}' {expectation}, found {(Find(key) is { } value ? Shown(value) : "nothing")}.");

    /// <summary>Whether the key is there, be it with null.</summary>
    internal bool Names(string key) => _element.TryGetProperty(key, out _);

    internal bool Has(string key) => Find(key) is not null;

    internal int Size(string key, int? otherwise = null) => Whole(key, 1, int.MaxValue, otherwise);

    internal int Whole(string key, int least, int most, int? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            return otherwise ?? throw Fault(key, Invariant($"must be a whole number from {least} to {most}"));
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Fault(key, Invariant($"must be a whole number from {least} to {most}"));
    }

    internal double Positive(string key, double? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            return otherwise ?? throw Fault(key, "must be a positive number");
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0 && double.IsFinite(number)
            ? number
            : throw Fault(key, "must be a positive number");
    }

    internal double? Number(string key) => Has(key) ? NotNegative(key, 0) : null;

    internal bool IsText(string key) => Find(key) is { ValueKind: JsonValueKind.String };

    internal bool IsTrue(string key) => Find(key) is { ValueKind: JsonValueKind.True };

    internal string? Raw(string key) => Find(key)?.GetRawText();

    internal double NotNegative(string key, double otherwise) =>
        Find(key) is { ValueKind: JsonValueKind.Number } value && value.GetDouble() == 0 ? 0 : Positive(key, otherwise);

    internal bool Flag(string key, bool otherwise) => Find(key) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Fault(key, "must be true or false"),
    };

    internal string? Text(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Fault(key, "must be a text"),
    };

    internal ConfigObject? Inner(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigObject($"{_file}: {key}", value),
        _ => throw Fault(key, "must be an object"),
    };

    /// <summary>Names of the members that say something: not null, false, empty or an empty text.</summary>
    internal IEnumerable<string> Given() =>
        _element.EnumerateObject().Where(member => !IsNothing(member.Value)).Select(member => member.Name);

    internal int Count(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Object } value ? value.EnumerateObject().Count() : throw Fault(key, "must be an object");

    internal IReadOnlyList<int> Ids(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var id) => [id],
        { ValueKind: JsonValueKind.Array } value when value.EnumerateArray()
            .All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)) =>
            [.. value.EnumerateArray().Select(item => item.GetInt32())],
        _ => throw Fault(key, "must be an id or a list of ids"),
    };

    internal IReadOnlyList<string> Texts(string key) => Find(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } value => [value.GetString()!],
        { ValueKind: JsonValueKind.Array } value when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(item => item.GetString()!)],
        _ => throw Fault(key, "must be a list of texts"),
    };

    private JsonElement? Find(string key) =>
        _element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // The parser leaves texts undecoded: names and values that are not valid Unicode would fail only where they are asked for.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }

                break;
        }
    }

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static string Shown(JsonElement value)
    {
        // Of a value over several lines, one.
        var text = string.Join(' ', value.GetRawText().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= 100 ? text : text[..100] + "...";
    }
}

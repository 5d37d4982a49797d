using System.Text.Json;

namespace Repro.Core.Text.Files;

/// <summary>Where the members of a JSON object lie in the file, found without reading their values into memory.</summary>
internal sealed class JsonSections
{
    // Settings are small; only vocabularies are large, and those are read as a stream.
    private const int LargestSetting = 64 * 1024;
    private const int DeepestLevel = 32;

    private readonly ReadOnlyMemory<byte> _json;
    private readonly Dictionary<string, Range> _members = new(StringComparer.Ordinal);

    /// <summary>Finds the members of an object.</summary>
    /// <param name="json">The object, without anything behind it.</param>
    /// <param name="where">Name of the object for complaints.</param>
    /// <exception cref="ReproException">It is no object, or names a member twice.</exception>
    /// <exception cref="JsonException">It is no JSON, or deeper than 32 levels.</exception>
    public JsonSections(ReadOnlyMemory<byte> json, string where)
    {
        _json = json;
        Where = where;
        Utf8JsonReader reader = Reader(json.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ReproException($"{where} must be a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueSpan.Length > 64 || _members.Count > 64)
            {
                throw new ReproException($"{where} has members that no tokenizer file has.");
            }

            string name = reader.GetString()!;
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!_members.TryAdd(name, start..(int)reader.BytesConsumed))
            {
                throw new ReproException($"{where}.{name} stands there twice.");
            }
        }

        while (reader.Read())
        {
        }
    }

    /// <summary>Name of the object for complaints.</summary>
    public string Where { get; }

    /// <summary>A reader with the depth limit.</summary>
    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = DeepestLevel });

    /// <summary>Bytes of a member; empty where it is missing or null.</summary>
    public ReadOnlyMemory<byte> Bytes(string name) =>
        _members.TryGetValue(name, out Range range) && !_json.Span[range].SequenceEqual("null"u8) ? _json[range] : default;

    /// <summary>A member that must be an object or null.</summary>
    public JsonFields? Fields(string name)
    {
        ReadOnlyMemory<byte> bytes = Bytes(name);
        if (bytes.IsEmpty)
        {
            return null;
        }

        JsonElement element = Parse(name, bytes);
        return element.ValueKind == JsonValueKind.Object
            ? new JsonFields(element, $"{Where}.{name}")
            : throw new ReproException($"{Where}.{name} must be an object or null.");
    }

    /// <summary>All small members together, as fields of the object itself.</summary>
    public JsonFields Settings(params IEnumerable<string> names)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (string name in names)
            {
                ReadOnlyMemory<byte> bytes = Bytes(name);
                if (!bytes.IsEmpty)
                {
                    writer.WritePropertyName(name);
                    Parse(name, bytes).WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return new JsonFields(document.RootElement.Clone(), Where);
    }

    private JsonElement Parse(string name, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > LargestSetting)
        {
            throw new ReproException($"{Where}.{name} has {bytes.Length} bytes; more than {LargestSetting} are not accepted there.");
        }

        using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = DeepestLevel });
        return document.RootElement.Clone();
    }
}

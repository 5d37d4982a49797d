using System.Text.Json;

namespace Repro.Core.Text.Files;

/// <summary>Reads members of a JSON object; every complaint names the member.</summary>
/// <param name="element">The object.</param>
/// <param name="where">Its path in the file.</param>
internal readonly struct JsonFields(JsonElement element, string where)
{
    /// <summary>Path of the object.</summary>
    public string Where { get; } = where;

    /// <summary>The object as JSON text.</summary>
    public string Json => element.GetRawText();

    /// <summary>A member that must be a string.</summary>
    public string Text(string name) =>
        Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(name, "a string");

    /// <summary>A member that must be true or false where it is present.</summary>
    public bool Flag(string name, bool missing) => Member(name) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A member that must be a whole number from 0 on.</summary>
    public int Number(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) && number >= 0
            ? number
            : throw Wrong(name, "a whole number from 0 on");

    /// <summary>A member that must be an object.</summary>
    public JsonFields Child(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Object } value ? new JsonFields(value, $"{Where}.{name}") : throw Wrong(name, "an object");

    /// <summary>A member that must be an array of objects.</summary>
    public List<JsonFields> Children(string name)
    {
        if (Member(name) is not { ValueKind: JsonValueKind.Array } array)
        {
            throw Wrong(name, "an array");
        }

        var children = new List<JsonFields>();
        foreach (JsonElement item in array.EnumerateArray())
        {
            string path = $"{Where}.{name}[{children.Count}]";
            children.Add(item.ValueKind == JsonValueKind.Object
                ? new JsonFields(item, path)
                : throw new ReproException($"{path} must be an object."));
        }

        return children;
    }

    /// <summary>A member that must be an array of whole numbers.</summary>
    public List<int> Numbers(string name)
    {
        if (Member(name) is not { ValueKind: JsonValueKind.Array } array)
        {
            throw Wrong(name, "an array of whole numbers");
        }

        var numbers = new List<int>();
        foreach (JsonElement item in array.EnumerateArray())
        {
            numbers.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number)
                ? number
                : throw Wrong(name, "an array of whole numbers"));
        }

        return numbers;
    }

    /// <summary>True where the member is present and not null.</summary>
    public bool Has(string name) => Member(name) is { } value && value.ValueKind != JsonValueKind.Null;

    /// <summary>The complaint about a member.</summary>
    public ReproException Wrong(string name, string expected) => new($"{Where}.{name} must be {expected}.");

    private JsonElement? Member(string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;
}

using System.Text.Json;

namespace Repro.Core.Tokenization;

/// <summary>Reads members of a JSON object; every complaint names the member.</summary>
/// <param name="element">The object.</param>
/// <param name="where">Its path in the file.</param>
internal readonly struct JsonFields(JsonElement element, string where)
{
    /// <summary>Path of the object.</summary>
    public string Where { get; } = where;

    /// <summary>A member, or null where it is missing.</summary>
    public JsonElement? Member(string name) => element.TryGetProperty(name, out JsonElement value) ? value : null;

    /// <summary>Names of all members.</summary>
    public List<string> Names() => [.. element.EnumerateObject().Select(member => member.Name)];

    /// <summary>True where the member is present and not null.</summary>
    public bool Has(string name) => Member(name) is { } value && value.ValueKind != JsonValueKind.Null;

    /// <summary>A member that must be a string.</summary>
    public string Text(string name) =>
        Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(name, "a string");

    /// <summary>A member that must be true or false.</summary>
    /// <param name="name">The member.</param>
    /// <param name="missing">What holds where it is missing; null where it must be there.</param>
    public bool Flag(string name, bool? missing = null) => Member(name) switch
    {
        null when missing is { } value => value,
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
        Member(name) is { ValueKind: JsonValueKind.Object } value
            ? new JsonFields(value, $"{Where}.{name}")
            : throw Wrong(name, "an object");

    /// <summary>A member that must be an object, null or missing.</summary>
    public JsonFields? Optional(string name) =>
        !Has(name) ? null : Member(name) is { ValueKind: JsonValueKind.Object } ? Child(name) : throw Wrong(name, "an object or null");

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
            children.Add(
                item.ValueKind == JsonValueKind.Object
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
            numbers.Add(
                item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number)
                    ? number
                    : throw Wrong(name, "an array of whole numbers"));
        }

        return numbers;
    }

    /// <summary>The complaint about a member.</summary>
    public ReproException Wrong(string name, string expected) => new($"{Where}.{name} must be {expected}.");
}

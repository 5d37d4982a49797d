using System.Text.Json;

namespace Repro.Core.Data;

/// <summary>An object of a data file; every complaint names file, line and key, what was expected and what is there.</summary>
internal sealed class RowFields
{
    private readonly JsonElement _element;
    private readonly string _key;

    /// <summary>The object that is a whole row.</summary>
    internal RowFields(JsonElement element, string path, long line)
        : this(element, Invariant($"{path}:{line}"), string.Empty, path, line)
    {
    }

    private RowFields(JsonElement element, string where, string key, string path, long line)
    {
        (_element, Where, _key, Path, Line) = (element, where, key, path, line);
    }

    /// <summary>The file.</summary>
    internal string Path { get; }

    /// <summary>Line of the row.</summary>
    internal long Line { get; }

    /// <summary>File, line and what <see cref="Within"/> added.</summary>
    internal string Where { get; }

    /// <summary>The line as the name of an item: unique within a file.</summary>
    internal string LineName => Invariant($"{System.IO.Path.GetFileName(Path)}:{Line}");

    /// <summary>The value as it stands in the file, at most 60 characters of it.</summary>
    internal static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    /// <summary>The same object with its id in complaints.</summary>
    internal RowFields Within(string subject) => Named(this, subject);

    /// <summary>The same object, named in complaints by an id instead of its place in an outer object.</summary>
    internal RowFields Named(RowFields outer, string subject) => new(_element, $"{outer.Where}: {subject}", string.Empty, Path, Line);

    /// <summary>Whether a key is there and not null.</summary>
    internal bool Has(string key) => Find(key) is not null;

    /// <summary>Whether a key holds an object.</summary>
    internal bool IsObject(string key) => Find(key) is { ValueKind: JsonValueKind.Object };

    /// <summary>Whether a key holds a list.</summary>
    internal bool IsList(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    /// <summary>Names of the keys, in file order.</summary>
    internal IEnumerable<string> Keys() => _element.EnumerateObject().Select(member => member.Name);

    /// <summary>A text, empty or not.</summary>
    internal string Text(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? Unescaped(key, value) : throw Fault(key, "must be a text");

    /// <summary>A text with something in it besides white space.</summary>
    internal string Content(string key) => Text(key) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Fault(key, "must be a text that is not empty");

    /// <summary>A text, or null where the key is missing or null.</summary>
    internal string? OptionalText(string key) => Has(key) ? Text(key) : null;

    /// <summary>A whole number within bounds.</summary>
    internal int Whole(string key, int least, int most) =>
        Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : throw Fault(key, Invariant($"must be a whole number from {least} to {(most == int.MaxValue ? "2147483647" : most)}"));

    /// <summary>A whole number within bounds, or null where the key is missing or null.</summary>
    internal int? OptionalWhole(string key, int least, int most) => Has(key) ? Whole(key, least, most) : null;

    /// <summary>A finite number.</summary>
    internal double Number(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw Fault(key, "must be a number");

    /// <summary>True or false; what is missing or null counts as said.</summary>
    internal bool Flag(string key, bool missing) => Find(key) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Fault(key, "must be true or false"),
    };

    /// <summary>True or false, where one of them must be there.</summary>
    internal bool Flag(string key) => Has(key) ? Flag(key, missing: false) : throw Fault(key, "must be true or false");

    /// <summary>An object.</summary>
    internal RowFields Child(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Object } value ? Inner(value, Full(key)) : throw Fault(key, "must be an object");

    /// <summary>A list of objects, empty where the key is missing or null and that is allowed.</summary>
    internal IEnumerable<RowFields> Children(string key, bool optional = false)
    {
        if (optional && !Has(key))
        {
            yield break;
        }

        if (Find(key) is not { ValueKind: JsonValueKind.Array } list)
        {
            throw Fault(key, "must be a list of objects");
        }

        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            yield return item.ValueKind == JsonValueKind.Object
                ? Inner(item, Invariant($"{Full(key)}[{index}]"))
                : throw new ReproException(Invariant($"{Where}: '{Full(key)}[{index}]' must be an object, found {Shown(item)}."));
            index++;
        }
    }

    /// <summary>A list of texts.</summary>
    internal IReadOnlyList<string> Texts(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => Unescaped(key, item))]
            : throw Fault(key, "must be a list of texts");

    /// <summary>The complaint about a key.</summary>
    internal ReproException Fault(string key, string expectation) =>
        new($"{Where}: '{Full(key)}' {expectation}, found {(Find(key) is { } value ? Shown(value) : _element.TryGetProperty(key, out _) ? "null" : "nothing")}.");

    private string Unescaped(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException failure)
        {
            // An escape such as \ud83d without its other half: no text at all, which JSON allows to write.
            throw new ReproException($"{Where}: '{Full(key)}' holds half of a surrogate pair; a text in Unicode was expected.", failure);
        }
    }

    private RowFields Inner(JsonElement element, string key) => new(element, Where, key, Path, Line);

    private string Full(string key) => _key.Length == 0 ? key : $"{_key}.{key}";

    private JsonElement? Find(string key) =>
        _element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}

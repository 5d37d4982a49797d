using System.Globalization;
using System.Text.Json;

namespace Repro.Core.Data;

/// <summary>An object of a data file; every complaint names file, line and key, what was expected and what is there.</summary>
internal sealed class RowFields
{
    private static readonly Dictionary<string, string> NoColumns = [];

    private readonly JsonElement _element;
    private readonly string _key;
    private readonly IReadOnlyDictionary<string, string>? _columns;

    /// <summary>The object that is a whole row.</summary>
    internal RowFields(JsonElement element, string path, long line)
        : this(element, Invariant($"{path}:{line}"), string.Empty, path, line)
    {
    }

    private RowFields(
        JsonElement element, string where, string key, string path, long line, IReadOnlyDictionary<string, string>? columns = null)
    {
        (_element, Where, _key, Path, Line, _columns) = (element, where, key, path, line, columns);
    }

    /// <summary>The file.</summary>
    internal string Path { get; }

    /// <summary>Line of the row.</summary>
    internal long Line { get; }

    /// <summary>File, line and what <see cref="Within"/> added.</summary>
    internal string Where { get; }

    /// <summary>The line as the name of an item: unique within a file.</summary>
    internal string LineName => Invariant($"{System.IO.Path.GetFileName(Path)}:{Line}");

    /// <summary>Whether numbers and flags stand in texts, as in the cells of a CSV table.</summary>
    internal bool CellsAreTexts { get; init; }

    /// <summary>The whole object.</summary>
    internal JsonElement Element => _element;

    /// <summary>The value as it stands in the file, at most 60 characters of it.</summary>
    internal static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    /// <summary>The same row, whose columns are called otherwise in the file.</summary>
    /// <param name="columns">Names by the file's own names.</param>
    internal RowFields Renamed(IReadOnlyDictionary<string, string> columns) =>
        new(_element, Where, _key, Path, Line, columns) { CellsAreTexts = CellsAreTexts };

    /// <summary>Refuses a row without one of the columns that are renamed.</summary>
    internal void RequireColumns()
    {
        var there = _element.EnumerateObject().Select(member => member.Name).ToList();
        if (_columns?.Keys.FirstOrDefault(column => !there.Contains(column)) is { } missing)
        {
            throw new ReproException(
                $"{Where}: 'columns' names '{missing}', which is not there{Suggestion.For(missing, there)}; "
                + $"the row has {string.Join(", ", there)}.");
        }
    }

    /// <summary>The same object with its id in complaints.</summary>
    internal RowFields Within(string subject) => Named(this, subject);

    /// <summary>The same object, named in complaints by an id instead of its place in an outer object.</summary>
    internal RowFields Named(RowFields outer, string subject) =>
        new(_element, $"{outer.Where}: {subject}", string.Empty, Path, Line, _columns) { CellsAreTexts = CellsAreTexts };

    /// <summary>Whether a key is there and not null.</summary>
    internal bool Has(string key) => Find(key) is not null;

    /// <summary>Whether a key holds an object.</summary>
    internal bool IsObject(string key) => Find(key) is { ValueKind: JsonValueKind.Object };

    /// <summary>Whether a key holds a list.</summary>
    internal bool IsList(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    /// <summary>Whether a key holds something: neither null nor an empty list.</summary>
    internal bool IsFilled(string key) =>
        Find(key) is { } value && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    /// <summary>Whether a key holds a text.</summary>
    internal bool IsText(string key) => Find(key) is { ValueKind: JsonValueKind.String };

    /// <summary>Names of the keys, in file order.</summary>
    internal IEnumerable<string> Keys() =>
        _element.EnumerateObject()
            .Select(member => _columns is not null && _columns.TryGetValue(member.Name, out var name) ? name : member.Name);

    /// <summary>A text, empty or not.</summary>
    internal string Text(string key) =>
        Find(key) is { ValueKind: JsonValueKind.String } value ? Unescaped(key, value) : throw Fault(key, "must be a text");

    /// <summary>A text with something in it besides white space.</summary>
    internal string Content(string key) =>
        Text(key) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Fault(key, "must be a text that is not empty");

    /// <summary>A text, or null where the key is missing or null.</summary>
    internal string? OptionalText(string key) => Has(key) ? Text(key) : null;

    /// <summary>A whole number within bounds.</summary>
    internal int Whole(string key, int least, int most) =>
        NumberAt(key) is { } value && Math.Floor(value) == value && value >= least && value <= most
            ? (int)value
            : throw Fault(key, Invariant($"must be a whole number from {least} to {(most == int.MaxValue ? "2147483647" : most)}"));

    /// <summary>A whole number within bounds, or null where the key is missing or null.</summary>
    internal int? OptionalWhole(string key, int least, int most) => Has(key) ? Whole(key, least, most) : null;

    /// <summary>A finite number.</summary>
    internal double Number(string key) =>
        NumberAt(key) is { } value && double.IsFinite(value) ? value : throw Fault(key, "must be a number");

    /// <summary>A number within bounds.</summary>
    internal double Number(string key, double least, double most) =>
        NumberAt(key) is { } value && value >= least && value <= most ? value
            : throw Fault(key, Invariant($"must be a number from {least} to {most}"));

    /// <summary>True or false; what is missing or null counts as said.</summary>
    internal bool Flag(string key, bool missing) => Find(key) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.String } cell when CellsAreTexts && bool.TryParse(cell.GetString(), out var flag) => flag,
        { ValueKind: JsonValueKind.String } cell when CellsAreTexts && cell.GetString() is "0" or "1" => cell.GetString() == "1",
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

    /// <summary>A list of true and false, which may be written as 1 and 0.</summary>
    internal IReadOnlyList<bool> Flags(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(item => FlagOf(item) is not null)
            ? [.. list.EnumerateArray().Select(item => FlagOf(item) == true)]
            : throw Fault(key, "must be a list of true and false");

    private static bool? FlagOf(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when item.TryGetDouble(out var number) && number is 0 or 1 => item.GetDouble() > 0,
        _ => null,
    };

    /// <summary>The complaint about a key.</summary>
    internal ReproException Fault(string key, string expectation)
    {
        if (CellsAreTexts && Find(key) is null)
        {
            var columns = string.Join(", ", _element.EnumerateObject().Select(member => member.Name));
            return new ReproException($"{Path}:1: the column '{Full(key)}' is missing; the table has {columns}.");
        }

        var found = Find(key) is { } value ? Shown(value)
            : Column(key) is { } own && _element.TryGetProperty(own, out _) ? "null" : "nothing";
        return new ReproException($"{Where}: '{Full(key)}' {expectation}, found {found}.");
    }

    private double? NumberAt(string key) => Find(key) switch
    {
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) => number,
        { ValueKind: JsonValueKind.String } cell when CellsAreTexts
            && double.TryParse(cell.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>A text of JSON.</summary>
    /// <param name="value">The text.</param>
    /// <param name="where">File, line and key.</param>
    internal static string Unescaped(JsonElement value, string where)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException failure)
        {
            // An escape such as \ud83d without its other half: no text at all, which JSON allows to write.
            throw new ReproException($"{where} holds half of a surrogate pair; a text in Unicode was expected.", failure);
        }
    }

    private string Unescaped(string key, JsonElement value) => Unescaped(value, $"{Where}: '{Full(key)}'");

    private RowFields Inner(JsonElement element, string key) => new(element, Where, key, Path, Line);

    private string Full(string key) => _key.Length == 0 ? Column(key) ?? key : $"{_key}.{key}";

    private JsonElement? Find(string key) =>
        Column(key) is { } own && _element.TryGetProperty(own, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // The file's own name of a column; null where that name stands for another one.
    private string? Column(string key)
    {
        foreach (var (own, name) in _columns ?? NoColumns)
        {
            if (name == key)
            {
                return own;
            }
        }

        return _columns?.ContainsKey(key) == true ? null : key;
    }
}

using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VerifyTests.Serialization;

/// <summary>
/// Writes an object as indented text in the manner of JSON: names and values without quotes or escapes, or real JSON when strict.
/// </summary>
internal sealed class ObjectWriter(EffectiveRules rules, ValueNumbers numbers, bool strict)
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _text = new();
    private readonly SimpleValues _simple = new(rules, numbers);
    private readonly MemberReader _members = new(rules);
    private readonly HashSet<object> _open = new(ReferenceEqualityComparer.Instance);

    /// <summary>The whole snapshot of <paramref name="value"/>.</summary>
    public string Write(object value)
    {
        WriteValue(value, 0);
        return _text.ToString();
    }

    /// <summary>An object of the given members, in the given order.</summary>
    public string WriteOrdered(IEnumerable<KeyValuePair<string, object?>> members)
    {
        WriteMembers(members.Select(member => new SerializedMember(member.Key, member.Value)), 0);
        return _text.ToString();
    }

    /// <summary>The plain text of a root of simple type, or null.</summary>
    public string? TryWriteRoot(object value) => strict && value is not string ? null : _simple.RootTextOf(value);

    private void WriteValue(object? value, int depth)
    {
        if (value is null)
        {
            _text.Append("null");
        }
        else if (value is JsonElement or JsonNode or JsonDocument)
        {
            WriteJson(JsonSerializer.SerializeToElement(value), depth);
        }
        else if (_simple.TextOf(value) is { } text)
        {
            WriteText(text, IsBare(value, text));
        }
        else
        {
            _open.Add(value);
            WriteStructure(value, depth);
            _open.Remove(value);
        }
    }

    private void WriteStructure(object value, int depth)
    {
        if (DictionaryEntries.TryRead(value, out var entries))
        {
            if (!rules.KeepDictionaryOrder)
            {
                DictionaryEntries.Sort(entries);
            }

            WriteMembers(entries.Select(entry => new SerializedMember(KeyText(entry.Key), entry.Value)), depth);
        }
        else if (value is IEnumerable items)
        {
            WriteItems(items.Cast<object?>(), depth);
        }
        else
        {
            WriteMembers(_members.Read(value), depth);
        }
    }

    private string KeyText(object key) => _simple.TextOf(key) ?? key.ToString() ?? string.Empty;

    private void WriteMembers(IEnumerable<SerializedMember> members, int depth)
    {
        _text.Append('{');
        var isFirst = true;
        foreach (var (name, value) in members.Where(member => !IsLoop(member.Value)))
        {
            StartEntry(ref isFirst, depth);
            _text.Append(strict ? Quote(name) : name).Append(": ");
            WriteValue(value, depth + 1);
        }

        End('}', isFirst, depth);
    }

    private void WriteItems(IEnumerable<object?> items, int depth)
    {
        _text.Append('[');
        var isFirst = true;
        foreach (var item in items.Where(item => !IsLoop(item)))
        {
            StartEntry(ref isFirst, depth);
            WriteValue(item, depth + 1);
        }

        End(']', isFirst, depth);
    }

    private void WriteJson(JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteMembers(element.EnumerateObject().Select(property => new SerializedMember(property.Name, property.Value)), depth);
                break;
            case JsonValueKind.Array:
                WriteItems(element.EnumerateArray().Select(item => (object?)item), depth);
                break;
            case JsonValueKind.String:
                WriteValue(element.GetString(), depth);
                break;
            default:
                _text.Append(element.GetRawText());
                break;
        }
    }

    private bool IsLoop(object? value) => value is { } && _open.Contains(value);

    private void StartEntry(ref bool isFirst, int depth)
    {
        _text.Append(isFirst ? "\n" : ",\n").Append(' ', 2 * (depth + 1));
        isFirst = false;
    }

    private void End(char bracket, bool isEmpty, int depth)
    {
        if (!isEmpty)
        {
            _text.Append('\n').Append(' ', 2 * depth);
        }

        _text.Append(bracket);
    }

    private void WriteText(string text, bool isBare)
    {
        if (strict)
        {
            _text.Append(isBare ? text : Quote(text));
            return;
        }

        var normalized = text.ReplaceLineEndings("\n");
        if (normalized.Contains('\n', StringComparison.Ordinal))
        {
            // Text of several lines starts on a line of its own, without the blank after the colon or the indent of a list.
            while (_text.Length > 0 && _text[^1] == ' ')
            {
                _text.Length--;
            }

            var startsLine = normalized[0] == '\n' || (_text.Length > 0 && _text[^1] == '\n');
            _text.Append(startsLine ? string.Empty : "\n");
        }

        _text.Append(normalized);
    }

    // Real JSON has no name for a number that is not finite.
    private static bool IsBare(object value, string text) =>
        value is bool or sbyte or byte or short or ushort or int or uint or long or ulong or decimal
        || (value is double or float or Half && char.IsAsciiDigit(text[^1]));

    private static string Quote(string text) => JsonSerializer.Serialize(text, Quoting);
}

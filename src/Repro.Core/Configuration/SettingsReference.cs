using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Xml.Linq;

namespace Repro.Core.Configuration;

/// <summary>One setting, as the reference page, the JSON schema and <c>init</c> show it. All is read from the settings records, their
/// ranges and their documentation.</summary>
/// <param name="Name">The key, in snake_case.</param>
/// <param name="Type">What a value is: a text, a number, a list, a mapping.</param>
/// <param name="Default">The default as YAML; null where the setting is required.</param>
/// <param name="Range">Which numbers are taken, to follow "must be"; null for no bound.</param>
/// <param name="Summary">What the documentation of the record says.</param>
public sealed record SettingEntry(string Name, string Type, string? Default, string? Range, string Summary)
{
    /// <summary>The settings of the mapping, or of each mapping of the list; by <c>kind</c> where there are several forms, else under an
    /// empty name.</summary>
    public IReadOnlyList<(string Kind, IReadOnlyList<SettingEntry> Settings)> Forms { get; init; } = [];

    /// <summary>Whether a file must have it.</summary>
    public bool Required => Default is null;

    /// <summary>The type of the value in C#.</summary>
    public required Type Declared { get; init; }

    /// <summary>Whether <c>null</c> is a value.</summary>
    public required bool Nullable { get; init; }

    /// <summary>The names that may stand there instead of a file; empty for none.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The bounds; null for none.</summary>
    public NumberRangeAttribute? Bounds { get; init; }
}

/// <summary>Reads the settings of a record with defaults, ranges and documentation.</summary>
public sealed class SettingsReference
{
    private readonly Dictionary<string, XElement> _documentation;

    /// <summary>Reads the documentation file that is built beside the library; without it there are no summaries.</summary>
    public SettingsReference()
    {
        var file = Path.ChangeExtension(typeof(SettingsReference).Assembly.Location, ".xml");
        _documentation = File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
            : [];
    }

    /// <summary>The settings of a record, in the order of a written file.</summary>
    /// <param name="record">Its type.</param>
    public IReadOnlyList<SettingEntry> Of(Type record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Entries(record, null, []);
    }

    private SettingEntry[] Entries(Type record, object? given, IReadOnlyList<Type> owners)
    {
        var shape = ConfigShape.For(record);
        var required = shape.Keys.Where(key => key.Parameter is { HasDefaultValue: false });
        var values = given ?? shape.Create(required.ToDictionary(key => key.Name, key => Placeholder(key.Type)));
        return [.. shape.Keys.Select(key => Entry(key, key.In(values), [.. owners, record]))];
    }

    private SettingEntry Entry(ConfigKey key, object? value, IReadOnlyList<Type> owners)
    {
        var type = Nullable.GetUnderlyingType(key.Type) ?? key.Type;
        var item = ConfigCollections.ItemOfList(type) ?? ConfigCollections.ValueOfDictionary(type) ?? type;
        var bounds = key.Property.GetCustomAttribute<NumberRangeAttribute>() ?? Innermost(key).GetCustomAttribute<NumberRangeAttribute>();
        var isMapping = ConfigShape.IsSettings(item) && !ConfigScalars.IsScalar(item) && !owners.Contains(item);
        var names = Innermost(key).GetCustomAttribute<ConfigPathAttribute>()?.OrNameOf is { } or ? ConfigScalars.Names(or).ToList() : [];
        var words = names.Count > 0 ? $"one of {string.Join(", ", names)}, or a file" : Words(type);
        return new SettingEntry(key.Name, words, key.Required ? null : Yaml(value), bounds?.Words, Summary(Innermost(key)))
        {
            Declared = type,
            Nullable = key.Nullable,
            Names = names,
            Bounds = bounds,
            Forms = isMapping ? Forms(item, value is IEnumerable ? null : value, [.. owners, item]) : [],
        };
    }

    private (string Kind, IReadOnlyList<SettingEntry> Settings)[] Forms(Type type, object? value, IReadOnlyList<Type> owners) =>
        ConfigShape.VariantsOf(type) is { Count: > 0 } variants
            ? [.. variants.Select(variant => (variant.Kind, (IReadOnlyList<SettingEntry>)Entries(variant.Record, null, owners)))]
            : [(string.Empty, Entries(type, value, owners))];

    private static PropertyInfo Innermost(ConfigKey key) => key.Inline is { } inline ? Innermost(inline.Key) : key.Property;

    private static object? Placeholder(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    private static string Words(Type type) =>
        ConfigScalars.IsScalar(type) ? ConfigScalars.Expected(type)
        : ConfigCollections.ValueOfDictionary(type) is { } value ? $"a mapping, each value {Words(value)}"
        : ConfigCollections.ItemOfList(type) is { } item ? $"a list, each item {Words(item)}"
        : "a mapping";

    private static string Yaml(object? value) => value switch
    {
        null => "null",
        string text => text.Length == 0 ? "\"\"" : text,
        _ when ConfigScalars.IsScalar(value.GetType()) => ConfigScalars.Print(value),
        IDictionary { Count: 0 } => "{}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Yaml))}]",
        _ => "{}",
    };

    private string Summary(PropertyInfo property)
    {
        var owner = property.DeclaringType!.FullName!.Replace('+', '.');
        var element = _documentation.GetValueOrDefault($"P:{owner}.{property.Name}")?.Element("summary")
            ?? _documentation.GetValueOrDefault($"T:{owner}")?.Elements("param")
                .FirstOrDefault(param => param.Attribute("name")?.Value == property.Name);
        return element is null ? string.Empty : string.Join(' ', Text(element).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    // References to members become their last names, those of settings and of their values in the spelling of a file.
    private static string Text(XElement element) => string.Concat(element.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } reference => Shown(reference),
        XElement inner => Text(inner),
        _ => string.Empty,
    }));

    private static string Shown(XElement reference)
    {
        var target = (reference.Attribute("cref") ?? reference.Attribute("langword") ?? reference.Attribute("name"))?.Value ?? string.Empty;
        var name = target.Split('(')[0].Split('.')[^1];
        return target.StartsWith("P:", StringComparison.Ordinal) || reference.Name.LocalName == "paramref" ? ConfigShape.NameOf(name)
            : target.StartsWith("F:", StringComparison.Ordinal) && ValueOf(target[2..]) is { } value ? ConfigScalars.Print(value)
            : name;
    }

    // The member of an enumeration by its whole name; null for any other field.
    private static object? ValueOf(string field)
    {
        var (owner, name) = (field[..field.LastIndexOf('.')], field[(field.LastIndexOf('.') + 1)..]);
        return typeof(SettingsReference).Assembly.GetType(owner) is { IsEnum: true } type ? Enum.Parse(type, name) : null;
    }
}

/// <summary>Writes a commented file of a stage: what is required with a value to replace, everything else as a comment with its
/// default.</summary>
public static class SettingsTemplate
{
    private const int Columns = 110;

    /// <summary>The file.</summary>
    /// <param name="stage">What <c>stage:</c> says.</param>
    /// <param name="settings">The settings of the stage.</param>
    public static string Write(string stage, IReadOnlyList<SettingEntry> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"# Settings of the stage {stage}. A key in a comment shows its default;\n")
            .Append("# words in capital letters ask for a value.\n")
            .Append(CultureInfo.InvariantCulture, $"stage: {stage}\n");
        foreach (var setting in settings.Where(setting => setting.Name != "stage"))
        {
            Write(text, setting, 0, setting.Required);
        }

        return text.ToString();
    }

    // "live" settings stand without a comment sign; "whole" ones with everything below them.
    private static void Write(StringBuilder text, SettingEntry setting, int depth, bool live, bool whole = false)
    {
        var indent = new string(' ', 2 * depth);
        if (depth == 0)
        {
            text.Append('\n');
        }

        foreach (var line in Wrapped($"{setting.Summary}{Taken(setting)}", Columns - indent.Length))
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}# {line}\n");
        }

        if (setting.Forms.Count > 0 && setting.Default == "null")
        {
            var block = new StringBuilder();
            Block(block, setting, 0, live: true, whole: true);
            var lines = block.ToString().TrimEnd('\n').Split('\n');
            text.Append(CultureInfo.InvariantCulture, $"{indent}# {lines[0]} # null, or a mapping with these settings\n");
            text.AppendJoin(string.Empty, lines.Skip(1).Select(line => $"{indent}# {line}\n"));
        }
        else if (setting.Forms.Count > 0 && (setting.Required || setting.Default == "{}"))
        {
            Block(text, setting, depth, live, whole);
        }
        else
        {
            var sign = live ? string.Empty : "# ";
            text.Append(CultureInfo.InvariantCulture, $"{indent}{sign}{setting.Name}: {setting.Default ?? Example(setting)}\n");
        }
    }

    private static void Block(StringBuilder text, SettingEntry setting, int depth, bool live, bool whole)
    {
        var indent = new string(' ', 2 * depth) + (live ? string.Empty : "# ");
        var (kind, settings) = setting.Forms[0];
        text.Append(CultureInfo.InvariantCulture, $"{indent}{setting.Name}:\n");
        if (ConfigCollections.ItemOfList(setting.Declared) is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}- # one item\n");
        }

        if (kind.Length > 0)
        {
            var others = string.Join(", ", setting.Forms.Skip(1).Select(form => form.Kind));
            text.Append(CultureInfo.InvariantCulture, $"{indent}  kind: {kind} # or {others}\n");
        }

        foreach (var inner in settings)
        {
            Write(text, inner, depth + 1, whole || (live && inner.Required), whole);
        }
    }

    // What is taken, where the summary does not say it already.
    private static string Taken(SettingEntry setting) =>
        setting.Range is { } range ? (setting.Summary.Contains(range, StringComparison.Ordinal) ? string.Empty : $" Must be {range}.")
        : setting.Declared.IsEnum ? $" One of {string.Join(", ", ConfigScalars.Names(setting.Declared))}."
        : string.Empty;

    // A value that the reader takes, so that the file can be checked before the words in capitals are replaced.
    private static string Example(SettingEntry setting)
    {
        var type = setting.Declared;
        return type == typeof(string) ? setting.Name.ToUpperInvariant()
            : type == typeof(bool) ? "false"
            : type.IsEnum ? ConfigScalars.Print(Enum.GetValues(type).GetValue(0)!)
            : ConfigCollections.ItemOfList(type) is { } item && ConfigScalars.IsScalar(item) ? "[]"
            : ConfigScalars.IsScalar(type) ? Number(setting)
            : "{}";
    }

    private static string Number(SettingEntry setting)
    {
        var whole = setting.Declared != typeof(double);
        // The methods that compare responses in groups take whole groups: 8 holds one, whatever the stage has as its default.
        // The form of an adapter has no default; its smallest values would train nothing.
        return setting.Name == "batch_size" ? "8"
            : setting.Name == "rank" ? "16"
            : setting.Name == "alpha" ? "32"
            : setting.Bounds is not { } bounds ? "1"
            : bounds.Holds(1) && whole ? "1"
            : bounds.Holds(1e-5) && !whole ? "1e-5"
            : (bounds.Minimum + 1).ToString(CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Wrapped(string text, int columns)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > columns)
            {
                // A line must not begin with a word and a colon: it would look like a key.
                var last = word.EndsWith(':') ? line.ToString().LastIndexOf(' ') : line.Length;
                yield return line.ToString(0, last);
                line.Remove(0, Math.Min(last + 1, line.Length));
            }

            line.Append(line.Length > 0 ? " " : string.Empty).Append(word);
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }
}

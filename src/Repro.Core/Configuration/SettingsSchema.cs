using System.Text.Json.Nodes;

namespace Repro.Core.Configuration;

/// <summary>A JSON schema (draft 2020-12) of the files of all stages, for editors.</summary>
public sealed class SettingsSchema
{
    // A value may be taken from the environment; what it then is, only the reader knows.
    private const string Variable = @"\$\{";

    // Settings that several stages have in the same words stand once. By their text, with the name they have among the definitions.
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly JsonObject _definitions = [];

    private SettingsSchema()
    {
    }

    /// <summary>The schema: one form for each stage.</summary>
    /// <param name="stages">Name and settings of each stage.</param>
    public static JsonObject Build(IEnumerable<(string Stage, IReadOnlyList<SettingEntry> Settings)> stages)
    {
        ArgumentNullException.ThrowIfNull(stages);
        var schema = new SettingsSchema();
        var forms = stages.Select(stage => schema.Mapping(stage.Settings, "stage", stage.Stage)).ToArray();
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A training stage of Repro",
            ["type"] = "object",
            ["required"] = new JsonArray("stage"),
            ["oneOf"] = new JsonArray(forms),
            ["$defs"] = schema._definitions,
        };
    }

    private JsonObject Reference(string name, JsonObject definition)
    {
        var text = definition.ToJsonString();
        if (!_names.TryGetValue(text, out var known))
        {
            known = _definitions.ContainsKey(name) ? Invariant($"{name}-{_definitions.Count}") : name;
            _names.Add(text, known);
            _definitions.Add(known, definition);
        }

        return new JsonObject { ["$ref"] = "#/$defs/" + known };
    }

    private JsonObject Mapping(IReadOnlyList<SettingEntry> settings, string? key, string? value)
    {
        var properties = new JsonObject();
        var required = settings.Where(setting => setting.Required && setting.Name != key).Select(setting => setting.Name).ToList();
        if (key is not null)
        {
            properties[key] = new JsonObject { ["const"] = value };
            required.Insert(0, key);
        }

        foreach (var setting in settings.Where(setting => setting.Name != key))
        {
            properties[setting.Name] = Reference(setting.Name, Described(setting));
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]),
            ["additionalProperties"] = false,
        };
    }

    private JsonObject Described(SettingEntry setting)
    {
        var schema = Value(setting, setting.Declared);
        if (setting.Nullable)
        {
            schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        }

        if (setting.Summary.Length > 0)
        {
            schema["description"] = setting.Summary;
        }

        if (setting.Default is { } value && setting.Forms.Count == 0)
        {
            schema["default"] = value;
        }

        return schema;
    }

    private JsonObject Value(SettingEntry setting, Type type)
    {
        if (ConfigCollections.ItemOfList(type) is { } item)
        {
            return new JsonObject { ["type"] = "array", ["items"] = Value(setting, item) };
        }

        if (ConfigCollections.ValueOfDictionary(type) is { } inner)
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(setting, inner) };
        }

        if (setting.Names.Count > 0)
        {
            var names = new JsonObject { ["enum"] = new JsonArray([.. setting.Names.Select(name => JsonValue.Create(name))]) };
            return new JsonObject { ["anyOf"] = new JsonArray(names, Scalar(setting, type)) };
        }

        if (ConfigScalars.IsScalar(type))
        {
            return Scalar(setting, type);
        }

        return setting.Forms switch
        {
            [] => new JsonObject { ["type"] = "object" },
            [("", var only)] => Mapping(only, null, null),
            var forms => new JsonObject
            {
                ["oneOf"] = new JsonArray([.. forms.Select(form => Mapping(form.Settings, ConfigShape.KindKey, form.Kind))]),
            },
        };
    }

    private static JsonObject Scalar(SettingEntry setting, Type type)
    {
        if (type == typeof(string))
        {
            return new JsonObject { ["type"] = "string" };
        }

        JsonObject value = type == typeof(bool) ? new() { ["type"] = "boolean" }
            : type.IsEnum ? new() { ["enum"] = new JsonArray([.. ConfigScalars.Names(type).Select(name => JsonValue.Create(name))]) }
            : Number(setting, type);
        return new JsonObject { ["anyOf"] = new JsonArray(value, new JsonObject { ["type"] = "string", ["pattern"] = Variable }) };
    }

    private static JsonObject Number(SettingEntry setting, Type type)
    {
        var number = new JsonObject { ["type"] = type == typeof(double) ? "number" : "integer" };
        if (setting.Bounds is not { } bounds)
        {
            return number;
        }

        number[bounds.AboveMinimum ? "exclusiveMinimum" : "minimum"] = bounds.Minimum;
        if (double.IsFinite(bounds.Maximum))
        {
            number[bounds.BelowMaximum ? "exclusiveMaximum" : "maximum"] = bounds.Maximum;
        }

        return number;
    }
}

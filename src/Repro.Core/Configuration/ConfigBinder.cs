using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Repro.Core.Configuration;

/// <summary>Makes settings records from nodes.</summary>
internal static class ConfigBinder
{
    /// <summary>Binds a mapping to a record.</summary>
    /// <param name="type">The record; an abstract one is chosen by <c>kind:</c>.</param>
    /// <param name="map">The keys and values.</param>
    /// <param name="path">Keys from the root to here, for messages.</param>
    internal static object Record(Type type, ConfigMap map, string path)
    {
        var variants = ConfigShape.VariantsOf(type);
        var shape = ConfigShape.Of(variants.Count == 0 ? type : Variant(variants, map, path));
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, (place, node)) in map.Entries)
        {
            if (variants.Count > 0 && name == ConfigShape.KindKey)
            {
                continue;
            }

            var key = shape.Keys.FirstOrDefault(key => key.Name == name) ?? throw Unknown(name, map, path, shape, variants.Count > 0);
            values[name] = Property(key, node, Joined(path, name));
        }

        if (shape.Keys.FirstOrDefault(key => key.Required && !values.ContainsKey(key.Name)) is { } missing)
        {
            throw new ReproException(
                $"{map.Origin.Place}: key '{Joined(path, missing.Name)}' is missing; it must be {Expected(missing.Type)}.");
        }

        var record = shape.Create(values);
        return shape.WithInlined(record).OfType<ICheckedSettings>().Select(part => part.Problem)
            .FirstOrDefault(found => found is not null) is not { } problem
            ? record
            : throw new ReproException($"{PlaceOf(problem, map)}: in {(path.Length == 0 ? "the file" : $"'{path}'")}: {problem}.");
    }

    // Of the first key that the problem names, an override before what the file says.
    private static string PlaceOf(string problem, ConfigMap map)
    {
        var words = problem.Split([' ', ',', ';', '.'], StringSplitOptions.RemoveEmptyEntries);
        var named = words.Where(map.Entries.ContainsKey).Select(word => map.Entries[word].Place.Place).ToList();
        return named.Find(place => place.StartsWith(ConfigOverride.Option, StringComparison.Ordinal))
            ?? named.FirstOrDefault() ?? map.Origin.Place;
    }

    private static Type Variant(IReadOnlyList<ConfigVariantAttribute> variants, ConfigMap map, string path)
    {
        var kinds = variants.Select(variant => variant.Kind).ToList();
        var key = Joined(path, ConfigShape.KindKey);
        if (!map.Entries.TryGetValue(ConfigShape.KindKey, out var entry))
        {
            throw new ReproException($"{map.Origin.Place}: key '{key}' is missing; it must be one of {string.Join(", ", kinds)}.");
        }

        var said = (entry.Value as ConfigScalar)?.Text;
        return variants.FirstOrDefault(variant => variant.Kind == said)?.Record
            ?? throw new ReproException(
                $"{entry.Value.Origin.Place}: key '{key}' must be one of {string.Join(", ", kinds)}, "
                    + $"found {entry.Value.Shown}{(said is null ? string.Empty : Suggestion.For(said, kinds))}");
    }

    // Every old name of the mapping at once, so that a file of the first version is mended in one go.
    private static ReproException Unknown(string name, ConfigMap map, string path, ConfigShape shape, bool variant)
    {
        var names = shape.Keys.Select(key => key.Name).ToList();
        var place = map.Entries[name].Place.Place;
        var unknown = $"{place}: unknown key '{name}' in {(path.Length == 0 ? "the file" : $"'{path}'")}";
        var others = map.Entries.Where(entry => !names.Contains(entry.Key)).ToList();
        var old = OldKeys.Among(others.SelectMany(entry => ConfigFlat.Of(entry.Value.Value, Joined(path, entry.Key)).Keys));
        if (old.Count > 0 && OldKeys.Among(ConfigFlat.Of(map.Entries[name].Value, Joined(path, name)).Keys).Count > 0)
        {
            return new ReproException($"{unknown}: settings have other names now: {string.Join(", ", old)}.");
        }

        if (PeerKeys.For(name, shape) is { } here)
        {
            return new ReproException($"{unknown}; it is '{Joined(path, here)}' here.");
        }

        var kind = variant ? " of this kind" : string.Empty;
        return new ReproException($"{unknown}{kind}{Suggestion.For(name, names)}; known are {string.Join(", ", names)}.");
    }

    private static object? Property(ConfigKey key, ConfigNode node, string path)
    {
        if (node is ConfigScalar { IsNull: true })
        {
            return key.Nullable ? null : throw Wrong(node, path, key.Type);
        }

        var value = Value(key.Type, node, path);
        if (key.Property.GetCustomAttribute<NumberRangeAttribute>() is { } range)
        {
            RequireWithin(range, value, node, path);
        }

        return !key.IsPath || key.IsName(value) ? value : value switch
        {
            string name when key.OrNameOf is { } names && !File.Exists(Path.GetFullPath(name, node.Origin.Folder)) =>
                throw NeitherNameNorFile(names, name, node, path),
            string file => Path.GetFullPath(file, node.Origin.Folder),
            IEnumerable<string> files => files.Select(file => Path.GetFullPath(file, node.Origin.Folder)).ToArray(),
            _ => value,
        };
    }

    private static void RequireWithin(NumberRangeAttribute range, object value, ConfigNode node, string path)
    {
        switch (node)
        {
            case ConfigList list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    RequireWithin(range, ((Array)value).GetValue(i)!, list.Items[i], Invariant($"{path}.{i}"));
                }

                break;
            case ConfigMap map:
                foreach (var (name, (_, item)) in map.Entries)
                {
                    RequireWithin(range, ((IDictionary)value)[name]!, item, Joined(path, name));
                }

                break;
            case var _ when !range.Holds(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                var instead = range.Instead is { } words ? $"; {words}" : string.Empty;
                throw new ReproException($"{node.Origin.Place}: key '{path}' must be {range.Words}, found {node.Shown}{instead}.");
        }
    }

    private static object Value(Type declared, ConfigNode node, string path)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (ConfigScalars.IsScalar(type))
        {
            return node is ConfigScalar scalar && ConfigScalars.Parse(type, scalar) is { } value ? value : throw Wrong(node, path, type);
        }

        if (ConfigCollections.ValueOfDictionary(type) is { } inner)
        {
            return node is ConfigMap map ? Dictionary(inner, map, path) : throw Wrong(node, path, type);
        }

        if (ConfigCollections.ItemOfList(type) is { } item)
        {
            return node is ConfigList list ? List(item, list, path) : throw Wrong(node, path, type);
        }

        return !ConfigShape.IsSettings(type) ? throw new ArgumentException($"A setting cannot be of type {type.Name}.", nameof(declared))
            : node is ConfigMap settings ? Record(type, settings, path) : throw Wrong(node, path, type);
    }

    private static Array List(Type item, ConfigList list, string path)
    {
        var array = Array.CreateInstance(item, list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            array.SetValue(Value(item, list.Items[i], Invariant($"{path}.{i}")), i);
        }

        return array;
    }

    private static IDictionary Dictionary(Type inner, ConfigMap map, string path)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), inner))!;
        foreach (var (name, (_, node)) in map.Entries)
        {
            dictionary.Add(name, Value(inner, node, Joined(path, name)));
        }

        return dictionary;
    }

    private static ReproException NeitherNameNorFile(Type names, string name, ConfigNode node, string path)
    {
        var near = Suggestion.For(name, ConfigScalars.Names(names));
        return new($"{node.Origin.Place}: key '{path}' must be {ConfigScalars.Expected(names)} or a file that exists, "
            + $"found {node.Shown}{(near.Length > 0 ? near : ".")}");
    }

    private static ReproException Wrong(ConfigNode node, string path, Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var near = type.IsEnum && node is ConfigScalar { Text: { } text } ? Suggestion.For(text, ConfigScalars.Names(type)) : string.Empty;
        return new($"{node.Origin.Place}: key '{path}' must be {Expected(type)}, found {node.Shown}{(near.Length > 0 ? near : ".")}");
    }

    private static string Expected(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return ConfigScalars.IsScalar(type) ? ConfigScalars.Expected(type)
            : ConfigCollections.ValueOfDictionary(type) is not null ? "a mapping of names to values"
            : ConfigCollections.ItemOfList(type) is { } item ? $"a list, each item {Expected(item)}"
            : ConfigShape.VariantsOf(type) is { Count: > 0 } variants
                ? $"a mapping with '{ConfigShape.KindKey}' ({string.Join(", ", variants.Select(variant => variant.Kind))})"
            : $"a mapping with the keys {string.Join(", ", ConfigShape.Of(type).Keys.Select(key => key.Name))}";
    }

    private static string Joined(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

/// <summary>The keys of a settings record: its properties that can be set, in order, the inherited ones first.</summary>
internal sealed class ConfigShape
{
    /// <summary>The key that chooses the form of an abstract record.</summary>
    internal const string KindKey = "kind";

    private readonly ConstructorInfo _constructor;

    private ConfigShape(Type type, ConstructorInfo constructor, IReadOnlyList<ConfigKey> keys)
    {
        (Type, _constructor, Keys) = (type, constructor, keys);
    }

    internal Type Type { get; }

    internal IReadOnlyList<ConfigKey> Keys { get; }

    internal static ConfigShape Of(Type type)
    {
        var constructor = type.GetConstructors().OrderBy(c => c.GetParameters().Length).FirstOrDefault(c => !IsCopy(c, type))
            ?? throw new ArgumentException($"{type.Name} has no public constructor.", nameof(type));
        var parameters = constructor.GetParameters().ToDictionary(p => p.Name!, StringComparer.OrdinalIgnoreCase);
        var nullability = new NullabilityInfoContext();
        var keys = Lineage(type).SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(p => p.SetMethod is { IsPublic: true })
            .DistinctBy(p => p.Name)
            .SelectMany(p => p.IsDefined(typeof(ConfigInlineAttribute)) ? Inlined(p) : [new ConfigKey(
                NameOf(p.Name),
                p,
                parameters.GetValueOrDefault(p.Name),
                parameters.TryGetValue(p.Name, out var parameter)
                    ? !parameter.HasDefaultValue
                    : p.IsDefined(typeof(RequiredMemberAttribute)),
                Nullable.GetUnderlyingType(p.PropertyType) is not null
                    || (!p.PropertyType.IsValueType && nullability.Create(p).WriteState == NullabilityState.Nullable))])
            .ToList();
        if (keys.GroupBy(key => key.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{type.Name} has the key '{twice.Key}' twice: once of a record that stands inline.", nameof(type));
        }

        return new ConfigShape(type, constructor, keys);
    }

    /// <summary>Whether a type is a record or class of settings, not a scalar or collection.</summary>
    internal static bool IsSettings(Type type) => type.IsClass && type != typeof(string) && !type.IsGenericType && !type.IsArray;

    internal static IReadOnlyList<ConfigVariantAttribute> VariantsOf(Type type) =>
        [.. type.GetCustomAttributes<ConfigVariantAttribute>(inherit: false)];

    internal static string NameOf(string member) => JsonNamingPolicy.SnakeCaseLower.ConvertName(member);

    /// <summary>The record and those that stand inline in it.</summary>
    internal IEnumerable<object> WithInlined(object record) =>
        [record, .. Inlines().SelectMany(holder => Of(holder.PropertyType).WithInlined(holder.GetValue(record)!))];

    /// <summary>Makes the record; keys that have no value keep their defaults.</summary>
    internal object Create(IReadOnlyDictionary<string, object?> values)
    {
        var arguments = _constructor.GetParameters()
            .Select(p => values.TryGetValue(NameOf(p.Name!), out var value) ? value : p.DefaultValue).ToArray();
        var record = _constructor.Invoke(arguments);
        foreach (var holder in Inlines())
        {
            holder.SetValue(record, Of(holder.PropertyType).Create(values));
        }

        foreach (var key in Keys.Where(key => key.Parameter is null && key.Inline is null))
        {
            if (values.TryGetValue(key.Name, out var value))
            {
                key.Property.SetValue(record, value);
            }
        }

        return record;
    }

    private IEnumerable<PropertyInfo> Inlines() => Keys.Select(key => key.Inline?.Holder).OfType<PropertyInfo>().Distinct();

    private static IEnumerable<ConfigKey> Inlined(PropertyInfo holder) =>
        Of(holder.PropertyType).Keys.Select(key => key with { Parameter = null, Inline = new ConfigInline(holder, key) });

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [{ } only] && only.ParameterType == type;

    private static IEnumerable<Type> Lineage(Type type) =>
        type.BaseType is { } parent && parent != typeof(object) ? Lineage(parent).Append(type) : [type];
}

/// <summary>Values of single keys: from text and back.</summary>
internal static class ConfigScalars
{
    private static readonly ScalarType[] ElementTypes = [ScalarType.Float16, ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16];

    internal static bool IsScalar(Type type) =>
        type == typeof(string) || type == typeof(bool) || type == typeof(int)
            || type == typeof(long) || type == typeof(double) || type.IsEnum;

    /// <summary>What a type accepts, for messages.</summary>
    internal static string Expected(Type type) => type switch
    {
        _ when type == typeof(string) => "a text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ => $"one of {string.Join(", ", Names(type))}",
    };

    /// <summary>The value, or null where the text is none of this type.</summary>
    internal static object? Parse(Type type, ConfigScalar scalar)
    {
        if (type == typeof(string))
        {
            return scalar.Text;
        }

        if (type.IsEnum)
        {
            return Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => Enum.ToObject(type, value))
                .Where(value => Allowed(type, value))
                .FirstOrDefault(value => NameOf(type, value) == scalar.Text);
        }

        if (scalar.Quoted)
        {
            return null;
        }

        return type switch
        {
            _ when type == typeof(bool) => scalar.Text switch { "true" => true, "false" => false, _ => null },
            _ when type == typeof(int) =>
                int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
            _ when type == typeof(long) =>
                long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
            _ when type == typeof(double) =>
                double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? number
                    : null,
            _ => throw new ArgumentException($"A setting cannot be of type {type.Name}.", nameof(type)),
        };
    }

    /// <summary>The text that reads back as the same value.</summary>
    internal static string Print(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum member => NameOf(member.GetType(), member),
        IFormattable whole => whole.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A setting cannot be of type {value.GetType().Name}.", nameof(value)),
    };

    /// <summary>The spellings of an enumeration in a file.</summary>
    internal static IEnumerable<string> Names(Type type) =>
        Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => Enum.ToObject(type, value)).Where(value => Allowed(type, value))
            .Select(value => NameOf(type, value));

    private static bool Allowed(Type type, object value) => type != typeof(ScalarType) || ElementTypes.Contains((ScalarType)value);

    private static string NameOf(Type type, object value)
    {
        var member = Enum.GetName(type, value)
            ?? throw new ArgumentException(Invariant($"{value} is no member of {type.Name}."), nameof(value));
        return type == typeof(ScalarType)
            ? member.ToLowerInvariant()
            : type.GetField(member)!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? ConfigShape.NameOf(member);
    }
}

/// <summary>Which collections settings may hold.</summary>
internal static class ConfigCollections
{
    /// <summary>The type of the items where the type can hold an array, else null.</summary>
    internal static Type? ItemOfList(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() is var form
            && (form == typeof(IReadOnlyList<>) || form == typeof(IReadOnlyCollection<>) || form == typeof(IEnumerable<>))
            ? type.GetGenericArguments()[0]
            : null;

    /// <summary>The type of the values where the type can hold a dictionary by name, else null.</summary>
    internal static Type? ValueOfDictionary(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var form
            && (form == typeof(IReadOnlyDictionary<,>) || form == typeof(IDictionary<,>) || form == typeof(Dictionary<,>))
            && type.GetGenericArguments() is [var key, var value] && key == typeof(string)
            ? value
            : null;
}

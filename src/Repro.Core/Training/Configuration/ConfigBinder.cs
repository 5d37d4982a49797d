using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Repro.Core.Training.Configuration;

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

            var key = shape.Keys.FirstOrDefault(key => key.Name == name) ?? throw Unknown(name, place, path, shape, variants.Count > 0);
            values[name] = Property(key, node, Joined(path, name));
        }

        if (shape.Keys.FirstOrDefault(key => key.Required && !values.ContainsKey(key.Name)) is { } missing)
        {
            throw new ReproException($"{map.Origin.Place}: key '{Joined(path, missing.Name)}' is missing; it must be {Expected(missing.Type)}.");
        }

        return shape.Create(values);
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
                $"{entry.Value.Origin.Place}: key '{key}' must be one of {string.Join(", ", kinds)}, found {entry.Value.Shown}{(said is null ? string.Empty : Suggestion.For(said, kinds))}");
    }

    private static ReproException Unknown(string name, ConfigOrigin place, string path, ConfigShape shape, bool variant)
    {
        var known = shape.Keys.Select(key => key.Name).ToList();
        var there = path.Length == 0 ? "the file" : $"'{path}'";
        return new ReproException(
            $"{place.Place}: unknown key '{name}' in {there}{(variant ? " of this kind" : string.Empty)}{Suggestion.For(name, known)}; known are {string.Join(", ", known)}.");
    }

    private static object? Property(ConfigKey key, ConfigNode node, string path)
    {
        if (node is ConfigScalar { IsNull: true })
        {
            return key.Nullable ? null : throw Wrong(node, path, key.Type);
        }

        var value = Value(key.Type, node, path);
        if (key.Property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
        {
            throw new ReproException(Invariant($"{node.Origin.Place}: key '{path}' must be from {range.Minimum} to {range.Maximum}, found {node.Shown}."));
        }

        return !key.IsPath ? value : value switch
        {
            string file => Path.GetFullPath(file, node.Origin.Folder),
            IEnumerable<string> files => files.Select(file => Path.GetFullPath(file, node.Origin.Folder)).ToArray(),
            _ => value,
        };
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

    private static ReproException Wrong(ConfigNode node, string path, Type type) =>
        new($"{node.Origin.Place}: key '{path}' must be {Expected(type)}, found {node.Shown}.");

    private static string Expected(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return ConfigScalars.IsScalar(type) ? ConfigScalars.Expected(type)
            : ConfigCollections.ValueOfDictionary(type) is not null ? "a mapping of names to values"
            : ConfigCollections.ItemOfList(type) is { } item ? $"a list, each item {Expected(item)}"
            : ConfigShape.VariantsOf(type) is { Count: > 0 } variants ? $"a mapping with '{ConfigShape.KindKey}' ({string.Join(", ", variants.Select(variant => variant.Kind))})"
            : $"a mapping with the keys {string.Join(", ", ConfigShape.Of(type).Keys.Select(key => key.Name))}";
    }

    private static string Joined(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

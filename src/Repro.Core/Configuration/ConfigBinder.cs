using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Repro.Core.Configuration;

/// <summary>Makes settings records from nodes.</summary>
internal sealed class ConfigBinder
{
    // Checked once all of the file is read: a number that is out of range by itself is told before one that does not fit another.
    private readonly List<(ICheckedSettings Settings, ConfigMap Map, string Path)> _checked = [];

    private ConfigBinder()
    {
    }

    /// <summary>Binds a whole file to a record.</summary>
    /// <param name="type">The record.</param>
    /// <param name="root">The keys and values.</param>
    /// <exception cref="ReproException">They do not fit. Variables that are not set and keys that are not known are told together: who
    /// sets the variable would meet the key next. So are all keys that are missing where every key is known.</exception>
    internal static object Settings(Type type, ConfigMap root)
    {
        List<string> problems = [.. root.UnsetVariables()];
        var faults = KeyFaults(type, root, string.Empty, type).ToList();
        problems.AddRange(faults.Where(fault => fault.IsUnknown).Select(fault => fault.Message));
        if (problems.Count == 0)
        {
            problems.AddRange(faults.Select(fault => fault.Message));
        }

        if (problems.Count > 0)
        {
            throw new ReproException(string.Join(' ', problems));
        }

        var binder = new ConfigBinder();
        var record = binder.Record(type, root, string.Empty);
        binder.RequireFitting();
        return record;
    }

    private void RequireFitting()
    {
        foreach (var (settings, map, path) in _checked)
        {
            if (settings.Problem is { } problem)
            {
                throw new ReproException($"{PlaceOf(problem, map, path)}: in {(path.Length == 0 ? "the file" : $"'{path}'")}: {problem}"
                    + $"{Defaults(problem, settings, map)}.");
            }
        }
    }

    // Who reads that a number does not fit looks for it in the file; one that the file does not say has to be named as a default.
    private static string Defaults(string problem, ICheckedSettings settings, ConfigMap map)
    {
        var defaults = ConfigShape.For(settings.GetType()).Keys
            .Where(key => key.Inline is null && !map.Entries.ContainsKey(key.Name) && WordsOf(problem).Contains(key.Name))
            .Select(key => (key.Name, Value: key.Property.GetValue(settings)))
            .Where(key => key.Value is int or long or double)
            .Select(key => Invariant($"{key.Name}, whose default is {key.Value}")).ToList();
        return defaults.Count == 0 ? string.Empty : $"; the file does not say {string.Join(", or ", defaults)}";
    }

    private static string[] WordsOf(string problem) => problem.Split([' ', ',', ';', ':'], StringSplitOptions.RemoveEmptyEntries);

    // Complaints about keys that no record has and keys that are missing, whatever the values are; those of the outer mapping first.
    private static IEnumerable<(bool IsUnknown, string Message)> KeyFaults(Type type, ConfigMap map, string path, Type root)
    {
        var variants = ConfigShape.VariantsOf(type);
        if (variants.Count > 0)
        {
            var kind = map.Entries.TryGetValue(ConfigShape.KindKey, out var said) ? (said.Value as ConfigScalar)?.Text : null;
            if (variants.FirstOrDefault(variant => variant.Kind == kind)?.Record is not { } record)
            {
                return [];
            }

            type = record;
        }

        var shape = ConfigShape.For(type);
        var missing = shape.Keys.Where(key => key.Required && !map.Entries.ContainsKey(key.Name)).ToList();
        return
        [
            .. missing.Count > 0 ? [(false, Missing(missing, map, path))] : Array.Empty<(bool, string)>(),
            .. Unknown(map, path, shape, variants.Count > 0, root).Select(message => (true, message)),
            .. shape.Keys.Where(key => map.Entries.ContainsKey(key.Name))
                .SelectMany(key => KeyFaultsWithin(key.Type, map.Entries[key.Name].Value, Joined(path, key.Name), root)),
        ];
    }

    private static IEnumerable<(bool IsUnknown, string Message)> KeyFaultsWithin(Type declared, ConfigNode node, string path, Type root)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return node switch
        {
            ConfigMap map when ConfigCollections.ValueOfDictionary(type) is { } inner =>
                map.Entries.SelectMany(entry => KeyFaultsWithin(inner, entry.Value.Value, Joined(path, entry.Key), root)),
            ConfigList list when ConfigCollections.ItemOfList(type) is { } item =>
                list.Items.SelectMany((value, i) => KeyFaultsWithin(item, value, Invariant($"{path}.{i}"), root)),
            ConfigMap map when ConfigShape.IsSettings(type) => KeyFaults(type, map, path, root),
            _ => [],
        };
    }

    // An abstract record is chosen by kind; the keys are known.
    private object Record(Type type, ConfigMap map, string path)
    {
        var variants = ConfigShape.VariantsOf(type);
        var shape = ConfigShape.For(variants.Count == 0 ? type : Variant(variants, map, path));
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, (_, node)) in map.Entries)
        {
            if (variants.Count > 0 && name == ConfigShape.KindKey)
            {
                continue;
            }

            var key = shape.Keys.First(key => key.Name == name);
            values[name] = Property(key, node, Joined(path, name));
        }

        var record = shape.Create(values);
        _checked.AddRange(shape.WithInlined(record).OfType<ICheckedSettings>().Select(part => (part, map, path)));
        return record;
    }

    // Of the first key that the problem names, an override before what the file says.
    private static string PlaceOf(string problem, ConfigMap map, string path)
    {
        var named = WordsOf(problem).Select(word => PlaceOf(word.TrimEnd('.').Split('.'), map, path)).OfType<string>().ToList();
        return named.Find(place => place.StartsWith(ConfigOverride.Option, StringComparison.Ordinal))
            ?? named.FirstOrDefault() ?? map.Origin.Place;
    }

    // Of the last of nested keys that is said; the key of the mapping itself may stand before them.
    private static string? PlaceOf(string[] keys, ConfigMap map, string path)
    {
        var own = path.Split('.');
        var (inner, place) = ((ConfigMap?)map, (string?)null);
        foreach (var key in keys.Take(own.Length).SequenceEqual(own) ? keys.Skip(own.Length) : keys)
        {
            if (inner?.Entries.TryGetValue(key, out var entry) is not true)
            {
                break;
            }

            (place, inner) = (entry.Place.Place, entry.Value as ConfigMap);
        }

        return place;
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

    // A sentence for each key that is not known. What is known is told once, and all old names at once: a file of the first version is
    // mended in one go.
    private static IEnumerable<string> Unknown(ConfigMap map, string path, ConfigShape shape, bool variant, Type root)
    {
        var names = shape.Keys.Select(key => key.Name).ToList();
        var others = map.Entries.Keys.Where(name => !names.Contains(name) && !(variant && name == ConfigShape.KindKey)).ToList();
        var old = others.ToDictionary(
            name => name,
            name => OldKeys.Among(ConfigFlat.Flatten(map.Entries[name].Value, Joined(path, name)).Keys),
            StringComparer.Ordinal);
        var (toldOld, toldKnown) = (false, false);
        foreach (var name in others.Where(name => old[name].Count == 0 || !toldOld))
        {
            var mapping = path.Length == 0 ? "the file" : $"'{path}'";
            var place = $"{map.Entries[name].Place.Place}: unknown key '{name}' in {mapping}";
            if (old[name].Count > 0)
            {
                toldOld = true;
                var renamed = old.Values.SelectMany(one => one).Distinct();
                yield return $"{place}: settings have other names now: {string.Join(", ", renamed)}.";
            }
            else if (PeerKeys.For(name, shape) is { } here)
            {
                yield return $"{place}; it is '{Joined(path, here)}' here.";
            }
            else if ((PeerKeys.Explain(name, shape) ?? MisplacedKeys.For(name, path, root)) is { } hint)
            {
                yield return $"{place}; {hint}.";
            }
            else if (toldKnown)
            {
                yield return place + Suggestion.Ending(name, names);
            }
            else
            {
                toldKnown = true;
                var kind = variant ? " of this kind" : string.Empty;
                yield return $"{place}{kind}{Suggestion.For(name, names)}; known are {string.Join(", ", names)}.";
            }
        }
    }

    private object? Property(ConfigKey key, ConfigNode node, string path)
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

    private object Value(Type declared, ConfigNode node, string path)
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

    private Array List(Type item, ConfigList list, string path)
    {
        var array = Array.CreateInstance(item, list.Items.Count);
        for (var i = 0; i < list.Items.Count; i++)
        {
            array.SetValue(Value(item, list.Items[i], Invariant($"{path}.{i}")), i);
        }

        return array;
    }

    private IDictionary Dictionary(Type inner, ConfigMap map, string path)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), inner))!;
        foreach (var (name, (_, node)) in map.Entries)
        {
            dictionary.Add(name, Value(inner, node, Joined(path, name)));
        }

        return dictionary;
    }

    private static string Missing(List<ConfigKey> keys, ConfigMap map, string path)
    {
        var names = keys.ConvertAll(key => $"'{Joined(path, key.Name)}'");
        return keys.Count == 1
            ? $"{map.Origin.Place}: key {names[0]} is missing; it must be {Expected(keys[0].Type)}."
            : $"{map.Origin.Place}: keys are missing: "
                + $"{string.Join("; ", keys.Zip(names, (key, name) => $"{name} must be {Expected(key.Type)}"))}.";
    }

    private static ReproException NeitherNameNorFile(Type names, string name, ConfigNode node, string path) =>
        new($"{node.Origin.Place}: key '{path}' must be {ConfigScalars.Expected(names)} or a file that exists, "
            + $"found {node.Shown}{Suggestion.Ending(name, ConfigScalars.Names(names))}");

    private static ReproException Wrong(ConfigNode node, string path, Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var end = type.IsEnum && node is ConfigScalar { Text: { } text } ? Suggestion.Ending(text, ConfigScalars.Names(type)) : ".";
        return new($"{node.Origin.Place}: key '{path}' must be {Expected(type)}, found {node.Shown}{end}");
    }

    private static string Expected(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return ConfigScalars.IsScalar(type) ? ConfigScalars.Expected(type)
            : ConfigCollections.ValueOfDictionary(type) is not null ? "a mapping of names to values"
            : ConfigCollections.ItemOfList(type) is { } item ? $"a list, each item {Expected(item)}"
            : ConfigShape.VariantsOf(type) is { Count: > 0 } variants
                ? $"a mapping with '{ConfigShape.KindKey}' ({string.Join(", ", variants.Select(variant => variant.Kind))})"
            : $"a mapping with the keys {string.Join(", ", ConfigShape.For(type).Keys.Select(key => key.Name))}";
    }

    private static string Joined(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

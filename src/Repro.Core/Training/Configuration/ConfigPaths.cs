using System.Collections;

namespace Repro.Core.Training.Configuration;

/// <summary>The files and folders that settings name.</summary>
public static class ConfigPaths
{
    /// <summary>Every value of a property with <see cref="ConfigPathAttribute"/>, by its keys joined with points.</summary>
    /// <param name="record">Settings of the kind that <see cref="ConfigReader"/> makes.</param>
    public static IReadOnlyList<(string Key, string Path)> Of(object record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return [.. Record(record, string.Empty)];
    }

    private static IEnumerable<(string Key, string Path)> Record(object record, string prefix) =>
        ConfigShape.Of(record.GetType()).Keys.SelectMany(key => Value(key.Property.GetValue(record), prefix + key.Name, key.IsPath));

    private static IEnumerable<(string Key, string Path)> Value(object? value, string key, bool path) => value switch
    {
        null => [],
        string text => path ? [(key, text)] : [],
        _ when ConfigScalars.IsScalar(value.GetType()) => [],
        IDictionary dictionary => dictionary.Keys.Cast<string>().SelectMany(name => Value(dictionary[name], $"{key}.{name}", path)),
        IEnumerable list => list.Cast<object?>().SelectMany((item, index) => Value(item, Invariant($"{key}.{index}"), path)),
        _ => Record(value, key + "."),
    };
}

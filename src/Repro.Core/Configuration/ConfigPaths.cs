using System.Collections;
using System.Reflection;

namespace Repro.Core.Configuration;

/// <summary>The files and folders that settings name.</summary>
public static class ConfigPaths
{
    /// <summary>Every value of a property with <see cref="ConfigPathAttribute"/>, by its keys joined with points.</summary>
    /// <param name="record">Settings of the kind that <see cref="ConfigReader"/> makes.</param>
    public static IReadOnlyList<(string Key, string Path)> Find(object record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return [.. Record(record, string.Empty)];
    }

    private static IEnumerable<(string Key, string Path)> Record(object record, string prefix) =>
        ConfigShape.For(record.GetType()).Keys.SelectMany(key =>
            key.In(record) is var value && key.IsName(value) ? [] : Value(value, prefix + key.Name, key.IsPath));

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

/// <summary>One key of a settings record.</summary>
/// <param name="Name">In snake_case.</param>
/// <param name="Property">The property that holds it.</param>
/// <param name="Parameter">The parameter of the constructor, for positional records.</param>
/// <param name="Required">Whether a file must say it.</param>
/// <param name="Nullable">Whether it may be null.</param>
internal sealed record ConfigKey(string Name, PropertyInfo Property, ParameterInfo? Parameter, bool Required, bool Nullable)
{
    /// <summary>The property that holds the record of this key, where that record stands inline; null for a key of the record
    /// itself.</summary>
    internal ConfigInline? Inline { get; init; }

    /// <summary>The value in a record.</summary>
    internal object? In(object record) => Inline is { } inline ? inline.Key.In(inline.Holder.GetValue(record)!) : Property.GetValue(record);

    internal Type Type => Property.PropertyType;

    internal bool IsPath => Property.IsDefined(typeof(ConfigPathAttribute));

    /// <summary>The enumeration whose names may stand here instead of a path; null for none.</summary>
    internal Type? OrNameOf => Property.GetCustomAttribute<ConfigPathAttribute>()?.OrNameOf;

    /// <summary>Whether a value is such a name.</summary>
    internal bool IsName(object? value) => OrNameOf is { } names && value is string text && ConfigScalars.Names(names).Contains(text);
}

/// <summary>A key of a record that stands inline.</summary>
/// <param name="Holder">The property that holds the record.</param>
/// <param name="Key">The key in that record.</param>
internal sealed record ConfigInline(PropertyInfo Holder, ConfigKey Key);

/// <summary>Marks a record whose keys stand in a file at the level of the record that holds it, without a block of their own.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigInlineAttribute : Attribute;

/// <summary>Marks a text (or a list of texts) as a path. A relative one starts at the folder of the file that says it, or at the current
/// folder for <c>--set</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ConfigPathAttribute : Attribute
{
    /// <summary>An enumeration whose names may stand there instead: a text that is none of them must be an existing file.</summary>
    public Type? OrNameOf { get; init; }
}

/// <summary>
/// One form of an abstract settings record. The key <c>kind:</c> chooses the form; keys that the chosen form does not have are unknown
/// keys.
/// </summary>
/// <param name="kind">What <c>kind:</c> says.</param>
/// <param name="record">The record of this form, derived from the one that carries the attribute.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ConfigVariantAttribute(string kind, Type record) : Attribute
{
    /// <summary>What <c>kind:</c> says.</summary>
    public string Kind { get; } = kind;

    /// <summary>The record of this form.</summary>
    public Type Record { get; } = record;
}

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Repro.Core.Configuration;

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

    internal static ConfigShape For(Type type)
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
        [record, .. Inlines().SelectMany(holder => For(holder.PropertyType).WithInlined(holder.GetValue(record)!))];

    /// <summary>Makes the record; keys that have no value keep their defaults.</summary>
    internal object Create(IReadOnlyDictionary<string, object?> values)
    {
        var arguments = _constructor.GetParameters()
            .Select(p => values.TryGetValue(NameOf(p.Name!), out var value) ? value : p.DefaultValue).ToArray();
        var record = _constructor.Invoke(arguments);
        foreach (var holder in Inlines())
        {
            holder.SetValue(record, For(holder.PropertyType).Create(values));
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
        For(holder.PropertyType).Keys.Select(key => key with { Parameter = null, Inline = new ConfigInline(holder, key) });

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [{ } only] && only.ParameterType == type;

    private static IEnumerable<Type> Lineage(Type type) =>
        type.BaseType is { } parent && parent != typeof(object) ? Lineage(parent).Append(type) : [type];
}

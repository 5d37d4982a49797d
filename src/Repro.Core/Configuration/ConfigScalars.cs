using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Repro.Core.Configuration;

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

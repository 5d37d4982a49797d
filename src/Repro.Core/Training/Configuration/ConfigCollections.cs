namespace Repro.Core.Training.Configuration;

/// <summary>Which collections settings may hold.</summary>
internal static class ConfigCollections
{
    /// <summary>The type of the items where the type can hold an array, else null.</summary>
    internal static Type? ItemOfList(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() is var form && (form == typeof(IReadOnlyList<>) || form == typeof(IReadOnlyCollection<>) || form == typeof(IEnumerable<>))
            ? type.GetGenericArguments()[0]
            : null;

    /// <summary>The type of the values where the type can hold a dictionary by name, else null.</summary>
    internal static Type? ValueOfDictionary(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var form && (form == typeof(IReadOnlyDictionary<,>) || form == typeof(IDictionary<,>) || form == typeof(Dictionary<,>))
            && type.GetGenericArguments() is [var key, var value] && key == typeof(string)
            ? value
            : null;
}

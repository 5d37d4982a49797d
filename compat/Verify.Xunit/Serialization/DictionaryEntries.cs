using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace VerifyTests.Serialization;

/// <summary>Reads any dictionary as a list of entries.</summary>
internal static class DictionaryEntries
{
    public static bool TryRead(object value, [NotNullWhen(true)] out List<(object Key, object? Value)>? entries)
    {
        entries = null;
        if (value is IDictionary dictionary)
        {
            entries = [];
            foreach (DictionaryEntry entry in dictionary)
            {
                entries.Add((entry.Key, entry.Value));
            }

            return true;
        }

        var isGeneric = value.GetType().GetInterfaces().Any(type => type.IsGenericType
            && (type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) || type.GetGenericTypeDefinition() == typeof(IDictionary<,>)));
        if (!isGeneric)
        {
            return false;
        }

        entries = [];
        foreach (var pair in (IEnumerable)value)
        {
            var type = pair.GetType();
            entries.Add((type.GetProperty("Key")!.GetValue(pair)!, type.GetProperty("Value")!.GetValue(pair)));
        }

        return true;
    }

    public static void Sort(List<(object Key, object? Value)> entries)
    {
        if (entries.TrueForAll(entry => entry.Key is string))
        {
            entries.Sort((left, right) => string.CompareOrdinal((string)left.Key, (string)right.Key));
        }
        else if (entries.TrueForAll(entry => entry.Key is IComparable && entry.Key.GetType() == entries[0].Key.GetType()))
        {
            entries.Sort((left, right) => Comparer<object>.Default.Compare(left.Key, right.Key));
        }
    }
}

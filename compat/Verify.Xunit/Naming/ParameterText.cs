using System.Collections;
using System.Globalization;

namespace VerifyTests.Naming;

/// <summary>The part of a file name that test parameters make: <c>_name=value</c> for each.</summary>
internal static class ParameterText
{
    private static readonly HashSet<char> Invalid =
        [.. Path.GetInvalidFileNameChars(), .. Path.GetInvalidPathChars(), '"', '<', '>', '|', ':', '*', '?', '\\', '/', '\0', '\n', '\r', '\t'];

    public static string Of(IReadOnlyList<string> names, IReadOnlyList<object?> values)
    {
        if (values.Count > names.Count)
        {
            throw new ArgumentException(
                $"UseParameters got {values.Count} values, but the test method has {names.Count} parameters ({string.Join(", ", names)}).");
        }

        return string.Concat(values.Select((value, index) => $"_{names[index]}={Clean(ValueOf(value))}"));
    }

    /// <summary>The text with every character that a file name cannot hold on some system replaced by a dash.</summary>
    public static string Clean(string text) => string.Concat(text.Select(character => Invalid.Contains(character) ? '-' : character));

    private static string ValueOf(object? value) => value switch
    {
        null => "null",
        string text => text,
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        IDictionary dictionary => JoinItems(dictionary.Cast<DictionaryEntry>().Select(entry => $"{ValueOf(entry.Key)}={ValueOf(entry.Value)}")),
        IEnumerable items => JoinItems(items.Cast<object?>().Select(ValueOf)),
        _ => value.ToString() ?? "null",
    };

    private static string JoinItems(IEnumerable<string> items) => string.Join(',', items) is { Length: > 0 } text ? text : "[]";
}

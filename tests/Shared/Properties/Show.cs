using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Repro.Tests;

/// <summary>Prints counter-examples so that they can be pasted back into a test: round-trip numbers, brackets for sequences.</summary>
internal static class Show
{
    public static string Value(object? value) => value switch
    {
        null => "null",
        string text => "\"" + text + "\"",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture) + "f",
        ITuple tuple => "(" + string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Value(tuple[i]))) + ")",
        IEnumerable sequence => "[" + string.Join(", ", sequence.Cast<object?>().Select(Value)) + "]",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "null",
    };
}

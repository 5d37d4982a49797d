using System.Globalization;

namespace Repro.Core;

/// <summary>Texts of numbers that are the same whatever the culture of the user.</summary>
public static class InvariantText
{
    /// <summary>The numbers one after another; <c>string.Join</c> would write them in the culture of the user.</summary>
    /// <typeparam name="T">A type of number or date.</typeparam>
    /// <param name="separator">What stands between two of them.</param>
    /// <param name="values">The numbers.</param>
    public static string Join<T>(string separator, IEnumerable<T> values)
        where T : IFormattable =>
        string.Join(separator, values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
}

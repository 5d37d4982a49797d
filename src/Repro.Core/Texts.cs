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

/// <summary>Proposes the nearest known name for one that is unknown.</summary>
public static class Suggestion
{
    /// <summary><c>"; did you mean 'x'?"</c> when a known name is near, else an empty string.</summary>
    /// <param name="unknown">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string For(string unknown, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(unknown);
        ArgumentNullException.ThrowIfNull(known);
        var best = known.Select(name => (Name: name, Distance: Distance(unknown, name))).OrderBy(x => x.Distance).ThenBy(x => x.Name, StringComparer.Ordinal).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(2, unknown.Length / 3) ? $"; did you mean '{best.Name}'?" : string.Empty;
    }

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = previous[j - 1] + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                current[j] = Math.Min(substitute, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[b.Length];
    }
}

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

    /// <summary>A noun as it stands after a number: "1 step", "2 steps".</summary>
    /// <param name="count">The number.</param>
    /// <param name="noun">In the singular; the plural has an s.</param>
    public static string Noun(long count, string noun) => count == 1 ? noun : noun + "s";
}

/// <summary>Proposes the nearest known name for one that is unknown.</summary>
public static class Suggestion
{
    /// <summary><c>"; did you mean 'x'?"</c> when a known name is near, else an empty string; of a known name too, whose fault is
    /// another.</summary>
    /// <param name="unknown">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string For(string unknown, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(unknown);
        ArgumentNullException.ThrowIfNull(known);
        // Letters that changed places are likelier than another letter, and that than one too many. Another number is no slip.
        var best = known.Select(name => (Name: name, Distance: Distance(unknown, name)))
            .OrderBy(x => x.Distance)
            .ThenBy(x => Letters(x.Name) != Letters(unknown))
            .ThenBy(x => Digits(x.Name) is { Length: > 0 } number && number != Digits(unknown))
            .ThenBy(x => Math.Abs(x.Name.Length - unknown.Length))
            .ThenBy(x => x.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        // Of a word of three letters two changes leave one: that is another word, unless the name only goes on.
        var goesOn = best.Name?.StartsWith(unknown, StringComparison.OrdinalIgnoreCase) == true;
        var most = Math.Max(unknown.Length <= 3 && !goesOn ? 1 : 2, unknown.Length / 3);
        return best.Name is not null && best.Name != unknown && best.Distance <= most ? $"; did you mean '{best.Name}'?" : string.Empty;
    }

    /// <summary>The same as the end of a sentence: a full stop where no known name is near.</summary>
    /// <param name="unknown">What was written.</param>
    /// <param name="known">The names there are.</param>
    public static string Ending(string unknown, IEnumerable<string> known) => For(unknown, known) is { Length: > 0 } near ? near : ".";

    private static string Digits(string name) => string.Concat(name.Where(char.IsAsciiDigit));

    private static string Letters(string name) => string.Concat(name.ToUpperInvariant().Order());

    // Letters to change, to add or to drop; two neighbours that changed places count as one.
    private static int Distance(string a, string b)
    {
        var steps = new int[a.Length + 1, b.Length + 1];
        bool Same(int i, int j) => char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                steps[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(steps[i - 1, j - 1] + (Same(i, j) ? 0 : 1), Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(i, j - 1) && Same(i - 1, j))
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[a.Length, b.Length];
    }
}

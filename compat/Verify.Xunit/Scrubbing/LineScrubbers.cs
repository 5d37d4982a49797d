using System.Text;

namespace VerifyTests.Scrubbing;

/// <summary>Scrubbers that work line by line on text whose lines end in <c>\n</c>.</summary>
internal static class LineScrubbers
{
    public static Action<StringBuilder> Remove(Func<string, bool> removeLine)
    {
        ArgumentNullException.ThrowIfNull(removeLine);
        return Replace(line => removeLine(line) ? null : line);
    }

    public static Action<StringBuilder> RemoveContaining(StringComparison comparison, string[] stringToMatch)
    {
        ArgumentNullException.ThrowIfNull(stringToMatch);
        if (stringToMatch.Length == 0 || stringToMatch.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("Expected at least one text to look for, none of them empty.", nameof(stringToMatch));
        }

        return Remove(line => stringToMatch.Any(part => line.Contains(part, comparison)));
    }

    public static Action<StringBuilder> RemoveEmpty() => Remove(string.IsNullOrWhiteSpace);

    /// <summary>Puts <paramref name="replaceLine"/>'s result in place of every line; null removes the line.</summary>
    public static Action<StringBuilder> Replace(Func<string, string?> replaceLine)
    {
        ArgumentNullException.ThrowIfNull(replaceLine);
        return builder =>
        {
            var kept = builder.ToString().Split('\n').Select(replaceLine).OfType<string>();
            var text = string.Join('\n', kept);
            builder.Clear().Append(text);
        };
    }
}

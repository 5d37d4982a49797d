using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Reads lists of strings in the text form that Python gives them: <c>['one', "it's two"]</c>.</summary>
internal static class PythonList
{
    /// <summary>Number of strings in a list.</summary>
    /// <param name="text">The list as text.</param>
    /// <param name="where">File and entry, for messages.</param>
    /// <exception cref="InputException">The text is no such list.</exception>
    internal static int Count(string text, string where)
    {
        if (text is not ['[', .., ']'])
        {
            throw new InputException($"{where}: expected a list of strings in square brackets");
        }

        var (count, at, end) = (0, 1, text.Length - 1);
        while (at < end)
        {
            if (count > 0)
            {
                at = text.AsSpan(at).StartsWith(", ") ? at + 2 : throw Bad(where, at);
            }

            var quote = at < end && text[at] is '\'' or '"' ? text[at] : throw Bad(where, at);
            for (at++; at < end && text[at] != quote; at++)
            {
                at += text[at] == '\\' ? 1 : 0;
            }

            at = at < end ? at + 1 : throw Bad(where, end);
            count++;
        }

        return count;
    }

    private static InputException Bad(string where, int at) => new(Invariant($"{where}: character {at + 1}: expected a quoted string, separated by a comma and a space"));
}

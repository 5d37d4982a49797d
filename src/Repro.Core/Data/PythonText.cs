using System.Globalization;
using System.Text;

namespace Repro.Core.Data;

/// <summary>Reads lists of texts in the form that Python prints them: <c>['one', "it's two"]</c>, with its escapes.</summary>
internal static class PythonText
{
    /// <summary>The texts of a list.</summary>
    /// <param name="text">The list as text.</param>
    /// <param name="where">File, line and key, for complaints.</param>
    /// <exception cref="ReproException">It is no such list.</exception>
    internal static List<string> List(string text, string where)
    {
        if (text is not ['[', .., ']'])
        {
            throw new ReproException($"{where} must be a list of texts in square brackets, found {Shown(text)}.");
        }

        var texts = new List<string>();
        var at = 1;
        while (at < text.Length - 1)
        {
            if (texts.Count > 0)
            {
                at = text.AsSpan(at).StartsWith(", ", StringComparison.Ordinal) ? at + 2 : throw Bad(where, at, "a comma and a space");
            }

            texts.Add(Quoted(text, ref at, where));
        }

        return texts;
    }

    private static string Quoted(string text, ref int at, string where)
    {
        var quote = text[at];
        if (quote is not ('\'' or '"'))
        {
            throw Bad(where, at, "a text in quotes");
        }

        var read = new StringBuilder();
        for (at++; text[at] != quote; at++)
        {
            if (at >= text.Length - 2)
            {
                throw Bad(where, text.Length - 1, "the end of the quoted text");
            }

            if (text[at] == '\\')
            {
                Escape(text, ref at, read, where);
            }
            else
            {
                read.Append(text[at]);
            }
        }

        at++;
        return read.ToString();
    }

    // On return, the place is the last unit of the escape.
    private static void Escape(string text, ref int at, StringBuilder read, string where)
    {
        var start = at++;
        switch (text[at])
        {
            case 'n':
                read.Append('\n');
                return;
            case 't':
                read.Append('\t');
                return;
            case 'r':
                read.Append('\r');
                return;
            case '\\' or '\'' or '"':
                read.Append(text[at]);
                return;
        }

        var digits = text[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits == 0 || at + digits >= text.Length - 1
            || !int.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            throw Bad(where, start, "an escape such as \\n, \\x1b or \\u200b");
        }

        read.Append(new Rune(code).ToString());
        at += digits;
    }

    private static ReproException Bad(string where, int at, string expected) =>
        new(Invariant($"{where}: {expected} was expected at character {at + 1}."));

    private static string Shown(string text) => text.Length <= 60 ? $"\"{text}\"" : $"\"{text[..60]}...\"";
}

using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Cuts special tokens out of a text.</summary>
internal static class SpecialTokens
{
    /// <summary>A pattern for any of the tokens, or null where there is none.</summary>
    public static Regex? Pattern(IEnumerable<string>? tokens)
    {
        string[] all = [.. (tokens ?? []).Where(token => token.Length > 0).OrderByDescending(token => token.Length)];
        return all.Length == 0 ? null : new Regex(string.Join('|', all.Select(Regex.Escape)), RegexOptions.CultureInvariant);
    }

    /// <summary>Special tokens and the stretches between them, none of them empty.</summary>
    public static List<(int Start, int End, bool Special)> Cut(string text, Regex? pattern)
    {
        var parts = new List<(int, int, bool)>();
        int position = 0;
        if (pattern != null)
        {
            foreach (ValueMatch match in pattern.EnumerateMatches(text))
            {
                if (match.Index > position)
                {
                    parts.Add((position, match.Index, false));
                }

                position = match.Index + match.Length;
                parts.Add((match.Index, position, true));
            }
        }

        if (position < text.Length)
        {
            parts.Add((position, text.Length, false));
        }

        return parts;
    }
}

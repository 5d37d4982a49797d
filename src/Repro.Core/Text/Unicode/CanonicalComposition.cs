using System.Text;

namespace Repro.Core.Text.Unicode;

/// <summary>
/// Normalization form C (UAX 15) that also tells where each character came from. It does not use <see cref="string.Normalize()"/>,
/// which returns its argument unchanged for a process with invariant globalization and throws on U+FFFE.
/// </summary>
internal static class CanonicalComposition
{
    /// <summary>
    /// Composes <paramref name="text"/>. Each character carries its change in the number of characters: 0 takes the place of one
    /// original character, 1 is an addition, -n takes the place of one and removes the n after it.
    /// </summary>
    /// <returns>Null where the text is composed already.</returns>
    public static List<(int CodePoint, int Change)>? Compose(string text)
    {
        // Nothing below U+0300 combines or decomposes further under form C.
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF') < 0)
        {
            return null;
        }

        List<(int CodePoint, int Change)> decomposed = Decompose(text);
        Reorder(decomposed);
        return Recompose(decomposed);
    }

    /// <summary>The composed text.</summary>
    public static string ToFormC(string text)
    {
        List<(int CodePoint, int Change)>? composed = Compose(text);
        if (composed == null)
        {
            return text;
        }

        var builder = new StringBuilder(text.Length);
        foreach ((int codePoint, _) in composed)
        {
            builder.Append(new Rune(codePoint).ToString());
        }

        return builder.ToString();
    }

    private static List<(int CodePoint, int Change)> Decompose(string text)
    {
        var output = new List<(int, int)>(text.Length);
        var parts = new List<int>();
        for (int i = 0; i < text.Length;)
        {
            int codePoint = CodePoints.At(text, i, out int length);
            i += length;
            parts.Clear();
            CanonicalTables.Instance.Decompose(codePoint, parts);
            for (int k = 0; k < parts.Count; k++)
            {
                output.Add((parts[k], k == 0 ? 0 : 1));
            }
        }

        return output;
    }

    private static void Reorder(List<(int CodePoint, int Change)> text)
    {
        CanonicalTables tables = CanonicalTables.Instance;
        for (int i = 0; i < text.Count;)
        {
            int start = i;
            while (i < text.Count && tables.CombiningClass(text[i].CodePoint) != 0)
            {
                i++;
            }

            if (i - start > 1)
            {
                var marks = text.GetRange(start, i - start).OrderBy(mark => tables.CombiningClass(mark.CodePoint)).ToList();
                for (int k = 0; k < marks.Count; k++)
                {
                    text[start + k] = marks[k];
                }
            }

            i = Math.Max(i, start + 1);
        }
    }

    private static List<(int CodePoint, int Change)> Recompose(List<(int CodePoint, int Change)> text)
    {
        CanonicalTables tables = CanonicalTables.Instance;
        var output = new List<(int CodePoint, int Change)>(text.Count);
        int starter = -1;
        int lastClass = -1;
        foreach ((int codePoint, int change) in text)
        {
            int combining = tables.CombiningClass(codePoint);
            if (starter >= 0 && lastClass < combining)
            {
                // lastClass is -1 right after the starter; otherwise an equal or higher class in between blocks the pair.
                int composite = tables.Compose(output[starter].CodePoint, codePoint);
                if (composite >= 0)
                {
                    output[starter] = (composite, output[starter].Change + change - 1);
                    continue;
                }
            }

            if (combining == 0)
            {
                starter = output.Count;
                lastClass = -1;
            }
            else
            {
                lastClass = combining;
            }

            output.Add((codePoint, change));
        }

        return output;
    }
}

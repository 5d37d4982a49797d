using System.Globalization;
using System.Text;
using DiffPlex;
using DiffPlex.Model;

namespace VerifyTests.Snapshots;

/// <summary>A unified difference of two texts with the line numbers of both.</summary>
internal static class TextDiff
{
    private const int ContextLines = 3;
    private const int MaximumLines = 120;
    private const string Gap = "  ...";

    /// <summary>Lines marked <c>-</c> stand only in the verified text, lines marked <c>+</c> only in the received one.</summary>
    public static string Render(string verified, string received)
    {
        var all = Lines(new Differ().CreateLineDiffs(verified, received, ignoreWhitespace: false));
        var shown = new List<string>();
        var lastShown = -1;
        foreach (var index in Enumerable.Range(0, all.Count).Where(index => IsNearChange(all, index)))
        {
            if (index > lastShown + 1)
            {
                shown.Add(Gap);
            }

            shown.Add(all[index].Text);
            lastShown = index;
        }

        if (lastShown < all.Count - 1)
        {
            shown.Add(Gap);
        }

        return Join(shown);
    }

    private static bool IsNearChange(List<(bool IsChange, string Text)> lines, int index)
    {
        var first = Math.Max(0, index - ContextLines);
        var last = Math.Min(lines.Count - 1, index + ContextLines);
        return Enumerable.Range(first, last - first + 1).Any(near => lines[near].IsChange);
    }

    private static List<(bool IsChange, string Text)> Lines(DiffResult diff)
    {
        var lines = new List<(bool, string)>();
        var (old, current) = (0, 0);
        foreach (var block in diff.DiffBlocks)
        {
            AddContext(block.DeleteStartA);
            for (var end = block.DeleteStartA + block.DeleteCountA; old < end; old++)
            {
                lines.Add((true, Line('-', old + 1, null, Visible(diff.PiecesOld[old]))));
            }

            for (var end = block.InsertStartB + block.InsertCountB; current < end; current++)
            {
                lines.Add((true, Line('+', null, current + 1, Visible(diff.PiecesNew[current]))));
            }
        }

        AddContext(diff.PiecesOld.Length);
        return lines;

        void AddContext(int end)
        {
            for (; old < end; old++, current++)
            {
                lines.Add((false, Line(' ', old + 1, current + 1, diff.PiecesOld[old])));
            }
        }
    }

    private static string Line(char mark, int? verified, int? received, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{mark} {verified,5} {received,5}  {text}");

    // A changed line that differs only in blanks at its end must not look unchanged.
    private static string Visible(string line)
    {
        var end = line.TrimEnd();
        return end + string.Concat(line[end.Length..].Select(blank => blank == '\t' ? '→' : '·'));
    }

    private static string Join(List<string> lines)
    {
        var text = new StringBuilder().AppendJoin('\n', lines.Take(MaximumLines));
        if (lines.Count > MaximumLines)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n({lines.Count - MaximumLines} more lines of the difference are left out)");
        }

        return text.ToString();
    }
}

using System.Text;

namespace Repro.Experiments.Artifacts;

/// <summary>Lengths of a text, counted as the released files count them.</summary>
internal static class TextLength
{
    /// <summary>Number of code points (not UTF-16 units).</summary>
    internal static int Characters(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <summary>Number of stretches between white space.</summary>
    internal static int Words(string text)
    {
        var count = 0;
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var space = Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1c and <= 0x1f;
            count += !space && !inside ? 1 : 0;
            inside = !space;
        }

        return count;
    }
}

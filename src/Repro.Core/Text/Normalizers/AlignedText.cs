using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.Normalizers;

/// <summary>Text together with the code points of the original text that each of its UTF-16 units stands for.</summary>
/// <param name="Text">The text, possibly normalized.</param>
/// <param name="Starts">For each unit the first code point of the original.</param>
/// <param name="Ends">For each unit the end (exclusive) in code points of the original.</param>
internal sealed record AlignedText(string Text, int[] Starts, int[] Ends)
{
    /// <summary>Text that stands for itself.</summary>
    /// <param name="text">A stretch of the original.</param>
    /// <param name="firstCodePoint">Code points of the original before it.</param>
    public static AlignedText Identity(string text, int firstCodePoint)
    {
        var starts = new int[text.Length];
        var ends = new int[text.Length];
        for (int i = 0, codePoint = firstCodePoint; i < text.Length; codePoint++)
        {
            CodePoints.At(text, i, out int length);
            for (int k = 0; k < length; k++, i++)
            {
                starts[i] = codePoint;
                ends[i] = codePoint + 1;
            }
        }

        return new AlignedText(text, starts, ends);
    }

    /// <summary>The part from <paramref name="start"/> to <paramref name="end"/> (UTF-16 units).</summary>
    public AlignedText Slice(int start, int end) =>
        start == 0 && end == Text.Length ? this : new AlignedText(Text[start..end], Starts[start..end], Ends[start..end]);

    /// <summary>The text with <paramref name="prefix"/> in front, which stands for the first original code point like the first unit does.</summary>
    public AlignedText Prepend(string prefix)
    {
        var starts = new int[prefix.Length + Starts.Length];
        var ends = new int[starts.Length];
        Array.Fill(starts, Starts[0], 0, prefix.Length);
        Array.Fill(ends, Ends[0], 0, prefix.Length);
        Starts.CopyTo(starts, prefix.Length);
        Ends.CopyTo(ends, prefix.Length);
        return new AlignedText(prefix + Text, starts, ends);
    }
}

using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.SentencePiece;

/// <summary>A text made ready for merging: spaces written as U+2581, with the place of each unit in the original.</summary>
/// <param name="Text">The text.</param>
/// <param name="Positions">For each unit, and for the end, the code points of the original before it.</param>
internal readonly record struct SentencePieceText(string Text, int[] Positions)
{
    /// <summary>The mark of a space.</summary>
    public const char Space = '\u2581';

    /// <summary>Makes a text ready; empty text stays empty.</summary>
    public static SentencePieceText Create(string text, SentencePieceSettings settings)
    {
        var units = new List<char>(text.Length + 1);
        var positions = new List<int>(text.Length + 2);
        char space = settings.EscapeSpaces ? Space : ' ';
        int start = 0;
        int end = text.Length;
        if (settings.RemoveExtraSpaces)
        {
            while (end > start && text[end - 1] == ' ')
            {
                end--;
            }

            while (start < end && text[start] == ' ')
            {
                start++;
            }
        }

        if (start < end && settings.AddDummyPrefix && !settings.SpaceAsSuffix)
        {
            units.Add(space);
            positions.Add(start);
        }

        int codePoint = start;
        for (int i = start; i < end; codePoint++)
        {
            CodePoints.At(text, i, out int length);
            if (text[i] != ' ')
            {
                for (int k = 0; k < length; k++)
                {
                    units.Add(text[i + k]);
                    positions.Add(codePoint);
                }
            }
            else if (!settings.RemoveExtraSpaces || text[i - 1] != ' ')
            {
                units.Add(space);
                positions.Add(codePoint);
            }

            i += length;
        }

        if (start < end && settings.AddDummyPrefix && settings.SpaceAsSuffix)
        {
            units.Add(space);
            positions.Add(codePoint);
        }

        positions.Add(codePoint);
        return new SentencePieceText(new string([.. units]), [.. positions]);
    }
}

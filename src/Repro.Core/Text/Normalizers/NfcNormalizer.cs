using System.Text;
using System.Text.Json;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.Normalizers;

/// <summary>Unicode normalization form C.</summary>
internal sealed class NfcNormalizer : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => CanonicalComposition.ToFormC(text);

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text)
    {
        List<(int CodePoint, int Change)>? composed = CanonicalComposition.Compose(text.Text);
        if (composed == null)
        {
            return text;
        }

        var builder = new StringBuilder(text.Text.Length);
        var starts = new List<int>(text.Text.Length);
        var ends = new List<int>(text.Text.Length);
        int next = 0;
        int current = 0;
        foreach ((int codePoint, int change) in composed)
        {
            if (change <= 0)
            {
                // This character takes the place of the next original one; those it absorbed leave no trace in the alignment.
                current = next;
                for (int skipped = 0; skipped <= -change; skipped++)
                {
                    CodePoints.At(text.Text, next, out int length);
                    next += length;
                }
            }

            string units = new Rune(codePoint).ToString();
            builder.Append(units);
            for (int k = 0; k < units.Length; k++)
            {
                starts.Add(text.Starts[current]);
                ends.Add(text.Ends[current]);
            }
        }

        return new AlignedText(builder.ToString(), [.. starts], [.. ends]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "NFC");
        writer.WriteEndObject();
    }
}

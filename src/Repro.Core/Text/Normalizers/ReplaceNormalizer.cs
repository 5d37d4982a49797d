using System.Text;
using System.Text.Json;

namespace Repro.Core.Text.Normalizers;

/// <summary>Replaces every occurrence of a string by another.</summary>
/// <param name="pattern">The string to find, not empty.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceNormalizer(string pattern, string content) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => text.Replace(pattern, content, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text)
    {
        var builder = new StringBuilder(text.Text.Length);
        var starts = new List<int>(text.Text.Length);
        var ends = new List<int>(text.Text.Length);
        int position = 0;
        while (position < text.Text.Length)
        {
            int found = text.Text.IndexOf(pattern, position, StringComparison.Ordinal);
            int stop = found < 0 ? text.Text.Length : found;
            builder.Append(text.Text, position, stop - position);
            starts.AddRange(text.Starts.AsSpan(position, stop - position));
            ends.AddRange(text.Ends.AsSpan(position, stop - position));
            if (found < 0)
            {
                break;
            }

            position = found + pattern.Length;
            builder.Append(content);
            for (int k = 0; k < content.Length; k++)
            {
                starts.Add(text.Starts[found]);
                ends.Add(text.Ends[position - 1]);
            }
        }

        return new AlignedText(builder.ToString(), [.. starts], [.. ends]);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Replace");
        writer.WriteStartObject("pattern");
        writer.WriteString("String", pattern);
        writer.WriteEndObject();
        writer.WriteString("content", content);
        writer.WriteEndObject();
    }
}

using System.Text.Json;

namespace Repro.Core.Text.Normalizers;

/// <summary>Normalizers one after the other.</summary>
/// <param name="steps">In order of application.</param>
internal sealed class SequenceNormalizer(IReadOnlyList<TextNormalizer> steps) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => steps.Aggregate(text, (current, step) => step.Apply(current));

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text) => steps.Aggregate(text, (current, step) => step.Apply(current));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("normalizers");
        foreach (TextNormalizer step in steps)
        {
            step.Write(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>Decoders one after the other.</summary>
/// <param name="steps">In order of application.</param>
internal sealed class SequenceDecoder(IReadOnlyList<DecoderSpec> steps) : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => steps.Any(step => step.Joins);

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined)
    {
        DecoderStage stage = next;
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            stage = steps[i].Create(stage, joined || steps.Take(i).Any(step => step.Joins));
        }

        return stage;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("decoders");
        foreach (DecoderSpec step in steps)
        {
            step.Write(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

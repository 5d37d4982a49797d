using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>Joins all tokens into one text, so that the steps behind it see the text as a whole.</summary>
internal sealed class FuseDecoder : DecoderSpec
{
    /// <inheritdoc/>
    public override bool Joins => true;

    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => next;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Fuse");
        writer.WriteEndObject();
    }
}

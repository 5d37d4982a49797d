using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>Replaces a string in every token.</summary>
/// <param name="pattern">The string to find, not empty.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceDecoder(string pattern, string content) : DecoderSpec
{
    /// <inheritdoc/>
    public override DecoderStage Create(DecoderStage next, bool joined) => new Stage(next, pattern, content);

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

    private sealed class Stage(DecoderStage next, string pattern, string content) : DecoderStage(next)
    {
        public override void Push(string token, int id) => Give(token.Replace(pattern, content, StringComparison.Ordinal), id);
    }
}

using System.Text.Json;

namespace Repro.Core.Text.Normalizers;

/// <summary>Puts a string in front of every text that is not empty.</summary>
/// <param name="prefix">What to put there.</param>
internal sealed class PrependNormalizer(string prefix) : TextNormalizer
{
    /// <inheritdoc/>
    public override string Apply(string text) => text.Length == 0 ? text : prefix + text;

    /// <inheritdoc/>
    public override AlignedText Apply(AlignedText text) => text.Text.Length == 0 ? text : text.Prepend(prefix);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Prepend");
        writer.WriteString("prepend", prefix);
        writer.WriteEndObject();
    }
}

using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Text.Normalizers;

/// <summary>A normalizer of <c>tokenizer.json</c>; it normalizes plain text, or text with its alignment to the original.</summary>
internal abstract class TextNormalizer : Normalizer
{
    /// <summary>The normalized text; <paramref name="text"/> itself where nothing changes.</summary>
    public abstract string Apply(string text);

    /// <summary>The same with alignment.</summary>
    public abstract AlignedText Apply(AlignedText text);

    /// <summary>Writes the component as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter writer);

    /// <inheritdoc/>
    public override string Normalize(string original) => Apply(original);

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original) => Apply(original.ToString());
}

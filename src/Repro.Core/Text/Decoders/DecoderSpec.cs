using System.Text.Json;

namespace Repro.Core.Text.Decoders;

/// <summary>A decoder of <c>tokenizer.json</c>.</summary>
internal abstract class DecoderSpec
{
    /// <summary>Builds the step in front of <paramref name="next"/>.</summary>
    /// <param name="next">Takes its output.</param>
    /// <param name="joined">True where an earlier step has joined all tokens into one text.</param>
    public abstract DecoderStage Create(DecoderStage next, bool joined);

    /// <summary>True where the step joins all tokens into one text.</summary>
    public virtual bool Joins => false;

    /// <summary>Writes the component as <c>tokenizer.json</c> has it.</summary>
    public abstract void Write(Utf8JsonWriter writer);
}

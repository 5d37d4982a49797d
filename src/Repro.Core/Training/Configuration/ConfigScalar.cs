namespace Repro.Core.Training.Configuration;

/// <summary>A single value.</summary>
/// <param name="Origin">Where it was said.</param>
/// <param name="Text">As written, without quotes.</param>
/// <param name="Quoted">Whether it had quotes: a quoted value is a text and nothing else.</param>
internal sealed record ConfigScalar(ConfigOrigin Origin, string Text, bool Quoted) : ConfigNode(Origin)
{
    internal bool IsNull => !Quoted && Text is "" or "~" or "null";

    internal override string Shown => IsNull ? "nothing" : Quoted ? $"the text \"{Text}\"" : $"'{Text}'";
}

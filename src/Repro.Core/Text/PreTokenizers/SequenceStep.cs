using System.Text.Json;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>Pre-tokenizers one after the other; each cuts the pieces of the one before.</summary>
/// <param name="steps">In order of application.</param>
internal sealed class SequenceStep(IReadOnlyList<PreTokenizerStep> steps) : PreTokenizerStep
{
    /// <inheritdoc/>
    public override PieceScanner? Scanner =>
        steps.Count == 2 && steps[1] is ByteLevelStep { Scanner: null } ? steps[0].Scanner : steps.Count == 1 ? steps[0].Scanner : null;

    /// <inheritdoc/>
    public override bool AddsPrefixSpace => steps.Any(step => step.AddsPrefixSpace);

    /// <inheritdoc/>
    public override bool IsByteLevel => steps.Any(step => step.IsByteLevel);

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        var current = new List<(int Start, int End)> { (start, end) };
        foreach (PreTokenizerStep step in steps)
        {
            var next = new List<(int Start, int End)>();
            foreach ((int pieceStart, int pieceEnd) in current)
            {
                step.Cut(text, pieceStart, pieceEnd, next);
            }

            current = next;
        }

        pieces.AddRange(current);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("pretokenizers");
        foreach (PreTokenizerStep step in steps)
        {
            step.Write(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

using System.Text.Json;

namespace Repro.Core.Text.PreTokenizers;

/// <summary>The ByteLevel pre-tokenizer: cuts by the GPT-2 pattern if asked, and has the pieces taken as bytes.</summary>
/// <param name="addPrefixSpace">A space goes in front of text that does not start with one.</param>
/// <param name="trimOffsets">Kept for writing; offsets are trimmed by the post-processor only.</param>
/// <param name="useRegex">Cut by <see cref="PreTokenizerPatterns.Gpt2"/>.</param>
internal sealed class ByteLevelStep(bool addPrefixSpace, bool trimOffsets, bool useRegex) : PreTokenizerStep
{
    private readonly PieceScanner? _scanner = useRegex ? new Gpt2Scanner() : null;

    /// <inheritdoc/>
    public override PieceScanner? Scanner => _scanner;

    /// <inheritdoc/>
    public override bool AddsPrefixSpace => addPrefixSpace;

    /// <inheritdoc/>
    public override bool IsByteLevel => true;

    /// <inheritdoc/>
    public override void Cut(string text, int start, int end, List<(int Start, int End)> pieces)
    {
        if (_scanner == null)
        {
            pieces.Add((start, end));
        }
        else
        {
            Scan(_scanner, text, start, end, pieces);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", addPrefixSpace);
        writer.WriteBoolean("trim_offsets", trimOffsets);
        writer.WriteBoolean("use_regex", useRegex);
        writer.WriteEndObject();
    }
}

using System.Text.Json;

namespace Repro.Core.Text;

/// <summary>What <c>tokenizer.json</c> does after merging: trims offsets, adds the tokens of a template.</summary>
/// <param name="Before">Ids in front of a text.</param>
/// <param name="After">Ids behind it.</param>
/// <param name="TrimOffsets">White space at the ends of a token is left out of its offset.</param>
/// <param name="Json">The component as the file has it, or null.</param>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After, bool TrimOffsets, string? Json)
{
    /// <summary>Does nothing.</summary>
    public static PostProcessor None { get; } = new([], [], false, null);

    /// <summary>Writes the component as the file had it.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        if (Json == null)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(Json);
        }
    }
}

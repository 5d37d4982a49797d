using System.Text.Json;

namespace Repro.Core.Text;

/// <summary>What <c>tokenizer.json</c> does after merging: trims offsets, adds the tokens of a template.</summary>
/// <param name="Before">Ids in front of a text.</param>
/// <param name="After">Ids behind it.</param>
/// <param name="TrimOffsets">White space at the ends of a token is left out of its offset.</param>
/// <param name="KeepsPrefixSpace">Of white space at the very start one character stays in the offset.</param>
/// <param name="Json">The component as the file has it, or null.</param>
internal sealed record PostProcessor(IReadOnlyList<int> Before, IReadOnlyList<int> After, bool TrimOffsets, bool KeepsPrefixSpace, string? Json)
{
    /// <summary>Does nothing.</summary>
    public static PostProcessor None { get; } = new([], [], false, false, null);

    /// <summary>A template with one token in front of the text.</summary>
    /// <param name="token">The token.</param>
    /// <param name="id">Its id.</param>
    public static PostProcessor Begin(string token, int id)
    {
        object special = new Dictionary<string, object> { ["SpecialToken"] = new { id = token, type_id = 0 } };
        object first = new Dictionary<string, object> { ["Sequence"] = new { id = "A", type_id = 0 } };
        object second = new Dictionary<string, object> { ["Sequence"] = new { id = "B", type_id = 1 } };
        string json = JsonSerializer.Serialize(new
        {
            type = "TemplateProcessing",
            single = (object[])[special, first],
            pair = (object[])[special, first, special, second],
            special_tokens = new Dictionary<string, object> { [token] = new { id = token, ids = (int[])[id], tokens = (string[])[token] } },
        });
        return new PostProcessor([id], [], false, false, json);
    }

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

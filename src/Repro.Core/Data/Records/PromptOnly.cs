using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Records;

/// <summary>A prompt to answer.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
public sealed record PromptOnly(Origin Origin, IReadOnlyList<ChatMessage> Prompt) : IDataRecord
{
    /// <summary>The right final answer where the data set has one, such as the number of a word problem.</summary>
    public string? Reference { get; init; }

    /// <summary>Kind of prompt where the data set sorts them.</summary>
    public string? Category { get; init; }
}

using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Records;

/// <summary>A reply with an absolute score.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">What the reply answers; ends with a message of the user, unless it was shredded into characters.</param>
/// <param name="Reply">The assistant's text.</param>
/// <param name="Labels">What annotators said, by name, from 0 to 1; empty where only a score is known.</param>
/// <param name="Score">The target; for trained scores from 0 to 1. Null before labels are aggregated.</param>
public sealed record RatedReply(
    Origin Origin, IReadOnlyList<ChatMessage> Prompt, string Reply, IReadOnlyDictionary<string, double> Labels, double? Score) : IDataRecord
{
    /// <summary>Factor of the row's loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The score, where there must be one.</summary>
    /// <exception cref="ReproException">There is none yet.</exception>
    internal double Target => Score ?? throw new ReproException($"{Origin}: the reply has no score; labels must be aggregated first.");
}

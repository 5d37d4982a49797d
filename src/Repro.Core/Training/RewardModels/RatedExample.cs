namespace Repro.Core.Training.RewardModels;

/// <summary>A reply with a score, as tokens.</summary>
/// <param name="Ids">Prompt and reply, token ids [time].</param>
/// <param name="Target">The score, from 0 to 1.</param>
/// <param name="ReplyLength">Tokens of the reply without the prompt, at least 1.</param>
public sealed record RatedExample(int[] Ids, double Target, int ReplyLength)
{
    /// <summary>Factor of the example's loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What the replies to one prompt have in common; null where they are not to be compared.</summary>
    public string? Group { get; init; }
}

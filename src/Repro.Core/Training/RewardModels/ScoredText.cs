namespace Repro.Core.Training.RewardModels;

/// <summary>A text and the places where a reward model's output is read.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Places">Positions in the text, rising.</param>
public sealed record ScoredText(int[] Ids, int[] Places)
{
    /// <summary>A text that is scored as a whole, at its last token.</summary>
    /// <param name="ids">Token ids [time].</param>
    public static ScoredText Whole(int[] ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return new ScoredText(ids, [ids.Length - 1]);
    }
}

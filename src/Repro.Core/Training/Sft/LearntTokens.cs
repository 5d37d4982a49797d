namespace Repro.Core.Training.Sft;

/// <summary>Which tokens of a conversation carry loss.</summary>
public enum LearntTokens
{
    /// <summary>What the assistant writes, end tokens included.</summary>
    Assistant,

    /// <summary>All.</summary>
    Everything,

    /// <summary>
    /// As the released supervised stages do (CRS Section 5.2): the mask lies over positions from the assistant's tag to its end token, so that the tag of the turn
    /// behind it is learnt too. For the template with turn tags.
    /// </summary>
    TurnTags,
}

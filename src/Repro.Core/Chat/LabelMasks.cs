namespace Repro.Core.Chat;

/// <summary>
/// Labels and masks for training on conversations. Masks come from the structure of the conversation, never from comparing ids with the
/// padding id: an end token that doubles as padding still carries loss.
/// </summary>
public static class LabelMasks
{
    /// <summary>Marks positions without loss.</summary>
    public const long Ignored = -100;

    /// <summary>Labels for a loss that shifts inside: the id where the mask is 1, else -100.</summary>
    /// <param name="ids">Token ids [time].</param>
    /// <param name="lossMask">1 counts, 0 does not [time].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static long[] Labels(ReadOnlySpan<int> ids, ReadOnlySpan<byte> lossMask)
    {
        if (ids.Length != lossMask.Length)
        {
            throw new ArgumentException($"{ids.Length} ids and {lossMask.Length} mask values do not belong together.", nameof(lossMask));
        }

        var labels = new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            labels[i] = lossMask[i] != 0 ? ids[i] : Ignored;
        }

        return labels;
    }

    /// <summary>
    /// The mask of the released supervised stages. A message index starts at -1 and grows at every tag; positions with an odd index
    /// count. Position t there predicts token t + 1, so the position of the assistant's tag counts (it predicts the first word) and so
    /// does that of the end token (it predicts the next tag); the last position never counts.
    /// </summary>
    /// <param name="ids">Token ids [time].</param>
    /// <param name="prompterTag">Id of the user's tag.</param>
    /// <param name="assistantTag">Id of the assistant's tag.</param>
    /// <returns>Mask over positions [time] and the targets: the ids one place to the left, with the last one kept [time].</returns>
    public static (byte[] Mask, int[] Targets) ByTurnTags(ReadOnlySpan<int> ids, int prompterTag, int assistantTag)
    {
        var mask = new byte[ids.Length];
        var targets = new int[ids.Length];
        int message = -1;
        for (int i = 0; i < ids.Length; i++)
        {
            message += ids[i] == prompterTag || ids[i] == assistantTag ? 1 : 0;
            bool last = i == ids.Length - 1;
            mask[i] = !last && message >= 0 && message % 2 == 1 ? (byte)1 : (byte)0;
            targets[i] = last ? ids[i] : ids[i + 1];
        }

        return (mask, targets);
    }
}

using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Records;

/// <summary>A prompt with two or more replies in order of preference.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
/// <param name="Replies">At least two, best first; ranks never fall, equal ranks are a tie.</param>
public sealed record PreferenceGroup(Origin Origin, IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<RankedReply> Replies) : IDataRecord
{
    /// <summary>Pairs (better, worse) of indices into the replies, ties left out, in order.</summary>
    public IEnumerable<(int Better, int Worse)> Pairs()
    {
        for (var better = 0; better < Replies.Count; better++)
        {
            for (var worse = better + 1; worse < Replies.Count; worse++)
            {
                if (Replies[better].Rank < Replies[worse].Rank)
                {
                    yield return (better, worse);
                }
            }
        }
    }
}

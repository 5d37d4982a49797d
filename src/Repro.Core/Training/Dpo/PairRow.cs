using Repro.Core.Training.Shared;

namespace Repro.Core.Training.Dpo;

/// <summary>One row of a batch of pairs: one text, or a prompt with both responses behind it.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Position of each token in its own text [time].</param>
/// <param name="Chosen">True on learnt tokens of the preferred text [time].</param>
/// <param name="Rejected">True on learnt tokens of the rejected text [time].</param>
/// <param name="SharedEnd">Tokens before this one belong to both texts.</param>
/// <param name="SecondStart">Tokens from this one on are the rest of the rejected text, which does not see the rest of the preferred one.</param>
internal sealed record PairRow(int[] Ids, int[] Positions, bool[] Chosen, bool[] Rejected, int SharedEnd, int SecondStart)
{
    /// <summary>The preferred text by itself.</summary>
    internal static PairRow OfChosen(TokenPair pair) => Single(pair.Chosen, pair.Chosen.Learnt, new bool[pair.Chosen.Ids.Length]);

    /// <summary>The rejected text by itself.</summary>
    internal static PairRow OfRejected(TokenPair pair) => Single(pair.Rejected, new bool[pair.Rejected.Ids.Length], pair.Rejected.Learnt);

    /// <summary>Prompt, preferred response, rejected response. The last common token stands in front of each response, so that it predicts both first tokens.</summary>
    internal static PairRow OfBoth(TokenPair pair)
    {
        var (chosen, rejected, shared) = (pair.Chosen, pair.Rejected, SharedTokens(pair));
        var (second, rest) = (chosen.Ids.Length, rejected.Ids.Length - shared);
        var ofRejected = new bool[second + rest];
        rejected.Learnt.AsSpan(0, pair.CommonPrefix).CopyTo(ofRejected);
        rejected.Learnt.AsSpan(shared).CopyTo(ofRejected.AsSpan(second));
        // The repeated token predicts; it is predicted where it stands first.
        ofRejected[second] = false;
        return new PairRow(
            [.. chosen.Ids, .. rejected.Ids.AsSpan(shared)],
            [.. Enumerable.Range(0, second), .. Enumerable.Range(shared, rest)],
            [.. chosen.Learnt, .. new bool[rest]],
            ofRejected,
            shared,
            second);
    }

    /// <summary>Length of the row that <see cref="OfBoth"/> makes.</summary>
    internal static int LengthOfBoth(TokenPair pair) => pair.Tokens - SharedTokens(pair);

    /// <summary>Values of the tokens of both texts, in the places of a row of both.</summary>
    internal double[] Place(double[] chosen, double[] rejected) => [.. chosen, .. rejected.AsSpan(SharedEnd)];

    private static int SharedTokens(TokenPair pair) => Math.Max(0, pair.CommonPrefix - 1);

    private static PairRow Single(TokenRow row, bool[] chosen, bool[] rejected) =>
        new(row.Ids, [.. Enumerable.Range(0, row.Ids.Length)], chosen, rejected, row.Ids.Length, row.Ids.Length);
}

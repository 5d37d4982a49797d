using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>
/// Tideman's ranked pairs (CRS Section 5.5.2): take the ordered pairs of candidates whose margin is not negative, largest margin first, and
/// lock each in unless it closes a cycle; the locked pairs are one ranking.
/// </summary>
/// <remarks>
/// Pairs of equal margin are taken in order of their first and then their second candidate. With few voters nearly every ballot set has
/// such ties, so the order of the candidates decides results; it is therefore always explicit here. A drawn pair enters in both directions
/// with margin 0: the direction met first wins unless larger majorities have settled it.
/// </remarks>
public static class RankedPairs
{
    private const int MostCandidatesForAllOrders = 7;

    /// <summary>Ties broken by ordinal name order, as Open Assistant's implementation does.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <returns>Candidates, best first.</returns>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static IReadOnlyList<string> ByName(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        var tally = HeadToHead.Count(votes);
        return Rank(tally, Identity(tally));
    }

    /// <summary>Ties broken by a given order of the candidates.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <param name="order">Every candidate once; pairs of the earlier ones are taken first.</param>
    /// <returns>Candidates, best first.</returns>
    /// <exception cref="ArgumentException">A ballot or the order does not hold each candidate exactly once.</exception>
    public static IReadOnlyList<string> ByOrder(IReadOnlyList<IReadOnlyList<string>> votes, IReadOnlyList<string> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var tally = HeadToHead.Count(votes);
        if (!order.Order(StringComparer.Ordinal).SequenceEqual(tally.Candidates))
        {
            throw new ArgumentException(
                $"order must hold each of {string.Join(", ", tally.Candidates)} exactly once, was {string.Join(", ", order)}.",
                nameof(order));
        }

        return Rank(tally, order.Select(name => IndexOf(tally, name)).ToArray());
    }

    /// <summary>Ties broken by a random order of the candidates.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <param name="random">Source of the order.</param>
    /// <returns>Candidates, best first.</returns>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static IReadOnlyList<string> ByRandomOrder(IReadOnlyList<IReadOnlyList<string>> votes, Xoshiro256 random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var tally = HeadToHead.Count(votes);
        var order = Identity(tally);
        random.Shuffle<int>(order);
        return Rank(tally, order);
    }

    /// <summary>The results under every order of the candidates: one entry only when no tie matters.</summary>
    /// <param name="votes">At least one ballot, each with every one of at most seven candidates once, best first.</param>
    /// <returns>Distinct rankings, most frequent first, then in ordinal order of their names; the counts add up to n!.</returns>
    /// <exception cref="ArgumentException">A ballot does not rank each candidate exactly once, or there are more than seven.</exception>
    public static IReadOnlyList<PossibleRanking> AllOrders(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        var tally = HeadToHead.Count(votes);
        if (tally.Candidates.Count > MostCandidatesForAllOrders)
        {
            throw new ArgumentException(
                $"votes must have at most {MostCandidatesForAllOrders} candidates for all orders, had {tally.Candidates.Count}.",
                nameof(votes));
        }

        return Permutations(Identity(tally), 0)
            .Select(order => Rank(tally, order))
            .GroupBy(ranking => string.Join('\0', ranking), StringComparer.Ordinal)
            .Select(group => new PossibleRanking(group.First(), group.Count()))
            .OrderByDescending(possible => possible.Orders)
            .ThenBy(possible => string.Join('\0', possible.Ranking), StringComparer.Ordinal)
            .ToArray();
    }

    private static string[] Rank(HeadToHead tally, int[] order)
    {
        var majorities =
            from first in order
            from second in order
            where first != second && tally.Margin(first, second) >= 0
            select (first, second);
        var count = order.Length;

        // reaches[i, j]: i is above j through locked pairs; kept transitive, so that one look tells whether a pair closes a cycle.
        var reaches = new bool[count, count];
        foreach (var (winner, loser) in majorities.OrderByDescending(pair => tally.Margin(pair.first, pair.second)))
        {
            if (!reaches[loser, winner] && !reaches[winner, loser])
            {
                Lock(reaches, winner, loser, count);
            }
        }

        // Every pair is settled one way, so the number of candidates below is all different.
        return Enumerable.Range(0, count)
            .OrderByDescending(i => Enumerable.Range(0, count).Count(j => reaches[i, j]))
            .Select(i => tally.Candidates[i])
            .ToArray();
    }

    private static void Lock(bool[,] reaches, int winner, int loser, int count)
    {
        for (var above = 0; above < count; above++)
        {
            if (above != winner && !reaches[above, winner])
            {
                continue;
            }

            for (var below = 0; below < count; below++)
            {
                if (below == loser || reaches[loser, below])
                {
                    reaches[above, below] = true;
                }
            }
        }
    }

    private static int[] Identity(HeadToHead tally) => Enumerable.Range(0, tally.Candidates.Count).ToArray();

    private static int IndexOf(HeadToHead tally, string name) => tally.Candidates.TakeWhile(other => other != name).Count();

    private static IEnumerable<int[]> Permutations(int[] items, int fixedCount)
    {
        if (fixedCount == items.Length)
        {
            yield return items.ToArray();
            yield break;
        }

        for (var i = fixedCount; i < items.Length; i++)
        {
            (items[fixedCount], items[i]) = (items[i], items[fixedCount]);
            foreach (var permutation in Permutations(items, fixedCount + 1))
            {
                yield return permutation;
            }

            (items[fixedCount], items[i]) = (items[i], items[fixedCount]);
        }
    }
}

/// <summary>A result of ranked pairs and how many orders of the candidates lead to it.</summary>
/// <param name="Ranking">Best first.</param>
/// <param name="Orders">Number of tie-breaking orders with this result.</param>
public sealed record PossibleRanking(IReadOnlyList<string> Ranking, int Orders);

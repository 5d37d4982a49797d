namespace Repro.Experiments.Procedures;

/// <summary>How far scores follow an intended order, best first.</summary>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="Correct">Pairs whose better member has the strictly higher score; equal scores count as wrong.</param>
/// <param name="Swapped">The other pairs, as places in the intended order.</param>
internal sealed record ScoreOrder(int Pairs, int Correct, IReadOnlyList<(int Better, int Worse)> Swapped)
{
    /// <summary>Whether all pairs are in order.</summary>
    public bool IsFull => Correct == Pairs;

    /// <summary>Compares all pairs.</summary>
    /// <param name="scores">Scores in the intended order; with fewer than two there is no pair.</param>
    public static ScoreOrder From(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var swapped = new List<(int Better, int Worse)>();
        for (var i = 0; i < scores.Count; i++)
        {
            for (var j = i + 1; j < scores.Count; j++)
            {
                if (!(scores[i] > scores[j]))
                {
                    swapped.Add((i, j));
                }
            }
        }

        var pairs = scores.Count * (scores.Count - 1) / 2;
        return new ScoreOrder(pairs, pairs - swapped.Count, swapped);
    }

    /// <summary>Probability that scores in random order have at least so many correct pairs: permutations with at most <see cref="Pairs"/>
    /// - <see cref="Correct"/> inversions.</summary>
    /// <param name="items">Number of scores.</param>
    public double ChanceOfAtLeast(int items)
    {
        var counts = new List<double> { 1 };
        for (var n = 2; n <= items; n++)
        {
            var next = new double[counts.Count + n - 1];
            for (var i = 0; i < counts.Count; i++)
            {
                for (var shift = 0; shift < n; shift++)
                {
                    next[i + shift] += counts[i] / n;
                }
            }

            counts = [.. next];
        }

        return counts.Take(Pairs - Correct + 1).Sum();
    }
}

/// <summary>Scores of replies whose intended order is known, best first.</summary>
internal static class IntendedOrder
{
    /// <summary>Pairs in which the better reply has the strictly higher score, and all pairs. Tied pairs count as not ordered.</summary>
    /// <param name="scores">Scores in the intended order; fewer than two give no pair.</param>
    public static (int Ordered, int Pairs) Count(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var ordered = 0;
        for (var i = 0; i < scores.Count; i++)
        {
            for (var j = i + 1; j < scores.Count; j++)
            {
                ordered += scores[i] > scores[j] ? 1 : 0;
            }
        }

        return (ordered, scores.Count * (scores.Count - 1) / 2);
    }

    /// <summary>Whether every pair is in the intended order.</summary>
    /// <param name="scores">Scores in the intended order.</param>
    public static bool Holds(IReadOnlyList<double> scores) => Count(scores) is var (ordered, pairs) && ordered == pairs;
}

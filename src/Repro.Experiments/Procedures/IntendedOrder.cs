namespace Repro.Experiments.Procedures;

/// <summary>Scores of replies whose intended order is known, best first.</summary>
public static class IntendedOrder
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

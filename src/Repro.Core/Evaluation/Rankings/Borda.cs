using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>Borda counts (CRS Section 5.5.2).</summary>
public static class Borda
{
    /// <summary>The textbook count, summed over ballots: n - 1 points for the first of n places, 0 for the last.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static IReadOnlyDictionary<string, int> Points(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        var points = Ballots.Candidates(votes).ToDictionary(name => name, _ => 0, StringComparer.Ordinal);
        foreach (var vote in votes)
        {
            for (var place = 0; place < vote.Count; place++)
            {
                points[vote[place]] += vote.Count - 1 - place;
            }
        }

        return points;
    }

    /// <summary>The thesis' count, averaged over ballots: (n - place) / n with place from 0, so 1, 2/3 and 1/3 for three
    /// candidates.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static IReadOnlyDictionary<string, double> NormalisedMean(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        var points = Points(votes);
        double candidates = points.Count;

        // (n - place) / n is one point more than n - 1 - place, over n.
        return points.ToDictionary(
            entry => entry.Key, entry => (((double)entry.Value / votes.Count) + 1) / candidates, StringComparer.Ordinal);
    }

    /// <summary>Normalised points of one ballot with ties: tied candidates share the average of the places they cover.</summary>
    /// <param name="ranks">At least one finite rank, 1 is best; only their order counts.</param>
    /// <returns>Points in the order of <paramref name="ranks"/>; they add up to (n + 1) / 2.</returns>
    /// <exception cref="ArgumentException">No rank, or one that is not finite.</exception>
    public static double[] NormalisedFromRanks(ReadOnlySpan<double> ranks)
    {
        var places = Correlation.AverageRanks(ranks);
        return places.Select(place => (places.Length + 1 - place) / places.Length).ToArray();
    }

    /// <summary>Candidates by points, most first; equal points in ordinal name order.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static IReadOnlyList<string> Ranking(IReadOnlyList<IReadOnlyList<string>> votes) =>
        Points(votes).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key)
            .ToArray();
}

/// <summary>How AlpacaEval compares preferences between 1 (baseline) and 2 (model).</summary>
public enum ScoringRule
{
    /// <summary>Preferences as they are; disagreement is the absolute difference.</summary>
    Absolute,

    /// <summary>Preferences as they are; disagreement is the squared difference.</summary>
    Squared,

    /// <summary>Preferences other than a draw are rounded to 1 or 2; disagreement is 0 or 1.</summary>
    ZeroOne,
}

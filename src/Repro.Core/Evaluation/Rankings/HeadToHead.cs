using Repro.Core.Evaluation.Statistics;

namespace Repro.Core.Evaluation.Rankings;

/// <summary>How often each candidate is placed before each other one.</summary>
public sealed class HeadToHead
{
    private readonly int[,] _votes;

    private HeadToHead(IReadOnlyList<string> candidates, int[,] votes)
    {
        Candidates = candidates;
        _votes = votes;
    }

    /// <summary>Candidates in ordinal name order; indices below refer to it.</summary>
    public IReadOnlyList<string> Candidates { get; }

    /// <summary>Ballots that place <paramref name="first"/> before <paramref name="second"/>.</summary>
    /// <param name="first">Index of a candidate.</param>
    /// <param name="second">Index of a candidate.</param>
    public int this[int first, int second] => _votes[first, second];

    /// <summary>The candidate that beats every other one, or null.</summary>
    public string? CondorcetWinner
    {
        get
        {
            var all = Enumerable.Range(0, Candidates.Count).ToArray();
            return all.Where(i => all.All(j => i == j || Margin(i, j) > 0)).Select(i => Candidates[i]).SingleOrDefault();
        }
    }

    /// <summary>Whether some pair of candidates draws.</summary>
    public bool HasPairwiseTie => Pairs().Any(pair => Margin(pair.First, pair.Second) == 0);

    /// <summary>Whether two majorities have the same margin, so that their order matters; a draw counts as two majorities of margin
    /// 0.</summary>
    public bool HasTiedMajorities
    {
        get
        {
            var margins = Pairs().Select(pair => Math.Abs(Margin(pair.First, pair.Second))).ToArray();
            return margins.Contains(0) || margins.Distinct().Count() < margins.Length;
        }
    }

    /// <summary>Whether the strict majorities go round in a circle, as in a over b over c over a.</summary>
    public bool HasMajorityCycle
    {
        get
        {
            // Take away candidates that no remaining one beats; what cannot be taken away lies on a cycle or is beaten from one.
            var left = Enumerable.Range(0, Candidates.Count).ToList();
            while (left.RemoveAll(i => left.All(j => Margin(j, i) <= 0)) > 0)
            {
            }

            return left.Count > 0;
        }
    }

    /// <summary>Counts complete ballots.</summary>
    /// <param name="votes">At least one ballot, each with every candidate once, best first.</param>
    /// <exception cref="ArgumentException">No ballot, or one that does not rank each candidate exactly once.</exception>
    public static HeadToHead Count(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        var names = Ballots.Candidates(votes);
        var tally = new int[names.Length, names.Length];
        foreach (var vote in votes)
        {
            var places = vote.Select(name => Array.BinarySearch(names, name, StringComparer.Ordinal)).ToArray();
            for (var above = 0; above < places.Length; above++)
            {
                for (var below = above + 1; below < places.Length; below++)
                {
                    tally[places[above], places[below]]++;
                }
            }
        }

        return new HeadToHead(names, tally);
    }

    /// <summary>Ballots for <paramref name="first"/> over <paramref name="second"/> minus those against; negative when it loses.</summary>
    /// <param name="first">Index of a candidate.</param>
    /// <param name="second">Index of a candidate.</param>
    public int Margin(int first, int second) => _votes[first, second] - _votes[second, first];

    private IEnumerable<(int First, int Second)> Pairs() =>
        from first in Enumerable.Range(0, Candidates.Count)
        from second in Enumerable.Range(first + 1, Candidates.Count - first - 1)
        select (first, second);
}

/// <summary>Win rates in the convention of AlpacaEval.</summary>
public static class WinRate
{
    /// <summary>Mean of preference - 1 in percent, over the annotations that succeeded.</summary>
    /// <param name="preferences">1 = baseline better, 2 = model better, 0 or 1.5 = draw, in between = degrees; null, NaN and values outside
    /// are left out.</param>
    /// <param name="rule">Whether degrees are rounded first.</param>
    /// <exception cref="ArgumentException">No annotation counts, or the rule is unknown.</exception>
    public static WinRateResult Compute(IReadOnlyList<double?> preferences, ScoringRule rule = ScoringRule.Absolute)
    {
        ArgumentNullException.ThrowIfNull(preferences);
        Preferences.Check(rule);
        var values = preferences.Select(preference => Preferences.Read(preference, rule)).OfType<double>().ToArray();
        if (values.Length == 0)
        {
            throw new ArgumentException(
                $"preferences must hold at least one value of 0 or between 1 and 2, held none among {preferences.Count}.",
                nameof(preferences));
        }

        return new WinRateResult(
            (Descriptive.Mean(values) - 1) * 100,
            values.Length == 1 ? double.NaN : StandardError.OfMean(values, 1) * 100,
            values.Count(value => value > Preferences.Draw),
            values.Count(value => value < Preferences.Draw),
            values.Count(value => value == Preferences.Draw),
            values.Length);
    }

    /// <summary>As <see cref="Compute(IReadOnlyList{double?}, ScoringRule)"/> for counts of wins, losses and draws.</summary>
    /// <param name="wins">Comparisons that the model wins.</param>
    /// <param name="baselineWins">Comparisons that the baseline wins.</param>
    /// <param name="draws">Comparisons that neither wins.</param>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static WinRateResult FromCounts(int wins, int baselineWins, int draws = 0)
    {
        Checks.AtLeast(wins, 0);
        Checks.AtLeast(baselineWins, 0);
        Checks.AtLeast(draws, 0);
        return Compute(
        [
            .. Enumerable.Repeat<double?>(2, wins),
            .. Enumerable.Repeat<double?>(1, baselineWins),
            .. Enumerable.Repeat<double?>(Preferences.Draw, draws),
        ]);
    }
}

/// <summary>A win rate of a model against a baseline.</summary>
/// <param name="WinRate">Percent; a draw counts one half.</param>
/// <param name="StandardError">Percent, sample standard deviation (ddof 1) over the square root of the total; NaN for one
/// annotation.</param>
/// <param name="Wins">Annotations above a draw.</param>
/// <param name="BaselineWins">Annotations below a draw.</param>
/// <param name="Draws">Annotations that are draws.</param>
/// <param name="Total">Annotations that count; failed ones and values out of range do not.</param>
public sealed record WinRateResult(double WinRate, double StandardError, int Wins, int BaselineWins, int Draws, int Total);

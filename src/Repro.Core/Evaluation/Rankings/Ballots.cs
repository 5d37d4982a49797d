namespace Repro.Core.Evaluation.Rankings;

/// <summary>Checks and makes ballots: a ballot lists every candidate once, best first.</summary>
public static class Ballots
{
    /// <summary>The ballot that a voter's ranks stand for; equal ranks keep the order in which the candidates are given.</summary>
    /// <param name="candidates">Candidates in the order they were shown.</param>
    /// <param name="ranks">Rank of each, 1 is best; ranks may repeat or leave gaps.</param>
    /// <exception cref="ArgumentException">No candidate, unequal lengths, or a rank below 1.</exception>
    public static IReadOnlyList<string> FromRanks(IReadOnlyList<string> candidates, IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(ranks);
        if (candidates.Count == 0 || candidates.Count != ranks.Count)
        {
            throw new ArgumentException(
                $"ranks must hold one rank for each of at least one candidate, held {ranks.Count} for {candidates.Count}.", nameof(ranks));
        }

        for (var i = 0; i < ranks.Count; i++)
        {
            if (ranks[i] < 1)
            {
                throw new ArgumentException(Invariant($"ranks[{i}] must be at least 1, was {ranks[i]}."), nameof(ranks));
            }
        }

        return Enumerable.Range(0, candidates.Count).OrderBy(i => ranks[i]).Select(i => candidates[i]).ToArray();
    }

    /// <summary>The candidates of complete ballots in ordinal name order, after a check of every ballot.</summary>
    internal static string[] Candidates(IReadOnlyList<IReadOnlyList<string>> votes)
    {
        ArgumentNullException.ThrowIfNull(votes);
        if (votes.Count == 0 || votes[0] is null || votes[0].Count == 0)
        {
            throw new ArgumentException("votes must hold at least one ballot with at least one candidate.", nameof(votes));
        }

        var names = votes[0].Order(StringComparer.Ordinal).ToArray();
        for (var v = 0; v < votes.Count; v++)
        {
            if (votes[v] is null || !votes[v].Order(StringComparer.Ordinal).SequenceEqual(names)
                || names.Distinct().Count() != names.Length)
            {
                throw new ArgumentException(
                    Invariant($"votes[{v}] must rank each of {string.Join(", ", names.Distinct())} exactly once, ")
                        + Invariant($"was {string.Join(", ", votes[v] ?? [])}."),
                    nameof(votes));
            }
        }

        return names;
    }
}

/// <summary>AlpacaEval's preferences: 1 = the baseline is better, 2 = the model is better, 0 or 1.5 = draw, values between =
/// degrees.</summary>
internal static class Preferences
{
    public const double Draw = 1.5;

    /// <summary>The preference as a number from 1 to 2; null when the annotation failed (null, NaN) or the value is out of range.</summary>
    public static double? Read(double? preference, ScoringRule rule)
    {
        var value = preference is 0 ? Draw : preference;
        if (!(value >= 1 && value <= 2))
        {
            return null;
        }

        return rule == ScoringRule.ZeroOne && value != Draw ? Math.Round(value.Value) : value;
    }

    public static void Check(ScoringRule rule)
    {
        if (!Enum.IsDefined(rule))
        {
            throw new ArgumentOutOfRangeException(nameof(rule), $"rule must be Absolute, Squared or ZeroOne, was {rule}.");
        }
    }
}

using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Randomness;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Evaluation.Rankings;

/// <summary>Ballots over the same candidates, best first.</summary>
public sealed record Ballots(string[][] Votes) : Drawn;

/// <summary>Preferences between a model and a baseline, and how they are scored.</summary>
public sealed record Judgements(double[] Values, ScoringRule Rule) : Drawn;

/// <summary>Draws ballots and judgements.</summary>
public static class RankingInputs
{
    internal static readonly string[] Letters = ["a", "b", "c", "d", "e"];

    /// <summary>Up to seven ballots over up to five candidates; shrinks by dropping a ballot, or a candidate from all of them.</summary>
    public static Arbitrary<Ballots> Votes() => Arb.From(
        from candidates in Gen.Choose(1, 5)
        from voters in Gen.Choose(1, 7)
        from votes in Gen.ArrayOf(Shuffled(candidates), voters)
        select new Ballots(votes),
        ballots => Draw.Without(ballots.Votes).Where(votes => votes.Length > 0)
            .Concat(
                ballots.Votes[0].Skip(1)
                    .Select(name => ballots.Votes.Select(vote => vote.Where(other => other != name).ToArray()).ToArray()))
            .Select(votes => new Ballots(votes)));

    public static Arbitrary<Judgements> Judgements() => Draw.Of(
        from n in Gen.Choose(1, 40)
        from values in Gen.ArrayOf(Gen.Frequency((3, Gen.Choose(100, 200).Select(x => x / 100.0)), (1, Gen.Constant(0.0))), n)
        from rule in Gen.Elements(Enum.GetValues<ScoringRule>())
        select new Judgements(values, rule),
        x => x.Values.Length >= 1 && x.Values.All(value => value is 0 or (>= 1 and <= 2)));

    private static Gen<string[]> Shuffled(int candidates) => Gen.Shuffle(Letters[..candidates]);
}

[Properties(Arbitrary = new[] { typeof(RankingInputs) })]
public class RankingProperties
{
    internal static readonly string[] Letters = ["a", "b", "c", "d", "e"];

    [Property]
    public bool The_result_is_a_ranking_of_all_candidates_led_by_a_Condorcet_winner(Ballots ballots)
    {
        var votes = ballots.Votes;
        var ranking = RankedPairs.ByName(votes);
        var winner = HeadToHead.Count(votes).CondorcetWinner;
        return ranking.Order().SequenceEqual(votes[0].Order()) && (winner is null || ranking[0] == winner);
    }

    [Property]
    public bool Without_a_cycle_no_strict_majority_is_overruled(Ballots ballots)
    {
        var votes = ballots.Votes;
        var tally = HeadToHead.Count(votes);
        var ranking = RankedPairs.ByName(votes).ToList();
        return tally.HasMajorityCycle || tally.Candidates.All(first => tally.Candidates.All(second =>
            tally.Margin(Index(tally, first), Index(tally, second)) <= 0 || ranking.IndexOf(first) < ranking.IndexOf(second)));
    }

    [Property]
    public bool Unanimous_preferences_are_kept(Ballots ballots)
    {
        var votes = ballots.Votes;
        var ranking = RankedPairs.ByName(votes).ToList();
        return votes[0].All(first => votes[0].All(second =>
            first == second
            || votes.Any(vote => Array.IndexOf(vote, first) > Array.IndexOf(vote, second))
            || ranking.IndexOf(first) < ranking.IndexOf(second)));
    }

    [Property]
    public bool Untied_majorities_leave_nothing_to_the_order(Ballots ballots) =>
        HeadToHead.Count(ballots.Votes).HasTiedMajorities || RankedPairs.AllOrders(ballots.Votes).Count == 1;

    [Property]
    public bool The_order_of_ballots_does_not_matter(Ballots ballots) =>
        RankedPairs.ByName([.. ballots.Votes.Reverse()]).SequenceEqual(RankedPairs.ByName(ballots.Votes));

    [Property]
    public bool Every_policy_gives_one_of_the_possible_rankings(Ballots ballots)
    {
        var votes = ballots.Votes;
        var possible = RankedPairs.AllOrders(votes);
        var all = possible.Select(p => string.Concat(p.Ranking)).ToHashSet();
        return all.Contains(string.Concat(RankedPairs.ByName(votes)))
            && all.Contains(string.Concat(RankedPairs.ByOrder(votes, votes[^1])))
            && all.Contains(string.Concat(RankedPairs.ByRandomOrder(votes, new Xoshiro256(3))))
            && possible.Sum(p => p.Orders) == Enumerable.Range(1, votes[0].Length).Aggregate(1, (a, b) => a * b);
    }

    [Property]
    public bool A_tie_breaking_order_is_the_same_as_a_renaming(Ballots ballots)
    {
        var votes = ballots.Votes;
        var order = votes[0];
        var renamed = votes.Select(vote => vote.Select(name => RankingInputs.Letters[Array.IndexOf(order, name)]).ToArray()).ToArray();
        var back = RankedPairs.ByName(renamed).Select(name => order[Array.IndexOf(RankingInputs.Letters, name)]);
        return RankedPairs.ByOrder(votes, order).SequenceEqual(back);
    }

    [Property]
    public bool Normalised_points_add_up_and_agree_with_the_plain_count(Ballots ballots)
    {
        var votes = ballots.Votes;
        var n = votes[0].Length;
        var mean = Borda.NormalisedMean(votes);
        var byRank = votes[0].ToDictionary(
            name => name,
            name => votes.Average(vote =>
                Borda.NormalisedFromRanks(vote.Select((_, i) => (double)i).ToArray())[Array.IndexOf(vote, name)]));
        return Math.Abs(mean.Values.Sum() - ((n + 1) / 2.0)) < 1e-9
            && Borda.Points(votes).Values.Sum() == votes.Length * n * (n - 1) / 2
            && mean.All(entry => Math.Abs(entry.Value - byRank[entry.Key]) < 1e-9);
    }

    [Property]
    public bool Win_rates_of_the_two_sides_add_up_to_one_hundred(Judgements input)
    {
        var there = WinRate.Compute(input.Values.Select(v => (double?)v).ToArray(), input.Rule);
        var back = WinRate.Compute(input.Values.Select(v => (double?)(v == 0 ? 0 : 3 - v)).ToArray(), input.Rule);
        return Math.Abs(there.WinRate + back.WinRate - 100) < 1e-9
            && there.Wins == back.BaselineWins && there.Draws == back.Draws
            && there.Wins + there.BaselineWins + there.Draws == there.Total;
    }

    private static int Index(HeadToHead tally, string name) => tally.Candidates.ToList().IndexOf(name);
}

using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Properties.Evaluation.Rankings;

public class RankingProperties
{
    private static readonly string[] Letters = ["a", "b", "c", "d", "e"];

    /// <summary>Up to seven ballots over up to five candidates; shrinks by dropping ballots.</summary>
    private static Arbitrary<string[][]> Votes => Arb.From(
        from candidates in Gen.Choose(1, 5)
        from voters in Gen.Choose(1, 7)
        from votes in Gen.ArrayOf(Gen.Choose(0, int.MaxValue).Select(seed => Shuffled(candidates, seed)), voters)
        select votes,
        votes => Enumerable.Range(0, votes.Length).Where(_ => votes.Length > 1).Select(i => votes.Where((_, j) => j != i).ToArray()));

    [Fact]
    public void The_result_is_a_ranking_of_all_candidates_led_by_a_Condorcet_winner() =>
        Check.That("ranked pairs", Votes, votes =>
        {
            var ranking = RankedPairs.ByName(votes);
            var winner = HeadToHead.Count(votes).CondorcetWinner;
            return ranking.Order().SequenceEqual(votes[0].Order()) && (winner is null || ranking[0] == winner);
        });

    [Fact]
    public void Without_a_cycle_no_strict_majority_is_overruled() =>
        Check.That("acyclic majorities are kept", Votes, votes =>
        {
            var tally = HeadToHead.Count(votes);
            var ranking = RankedPairs.ByName(votes).ToList();
            return tally.HasMajorityCycle || tally.Candidates.All(first => tally.Candidates.All(second =>
                tally.Margin(Index(tally, first), Index(tally, second)) <= 0 || ranking.IndexOf(first) < ranking.IndexOf(second)));
        });

    [Fact]
    public void Unanimous_preferences_are_kept() =>
        Check.That("Pareto", Votes, votes =>
        {
            var ranking = RankedPairs.ByName(votes).ToList();
            return votes[0].All(first => votes[0].All(second =>
                first == second
                || votes.Any(vote => Array.IndexOf(vote, first) > Array.IndexOf(vote, second))
                || ranking.IndexOf(first) < ranking.IndexOf(second)));
        });

    [Fact]
    public void Untied_majorities_leave_nothing_to_the_order() =>
        Check.That("no tie, one result", Votes, votes =>
            HeadToHead.Count(votes).HasTiedMajorities || RankedPairs.AllOrders(votes).Count == 1);

    [Fact]
    public void The_order_of_ballots_does_not_matter() =>
        Check.That("anonymity", Votes, votes => RankedPairs.ByName(votes.Reverse().ToArray()).SequenceEqual(RankedPairs.ByName(votes)));

    [Fact]
    public void Every_policy_gives_one_of_the_possible_rankings() =>
        Check.That("policies within all orders", Votes, votes =>
        {
            var possible = RankedPairs.AllOrders(votes);
            var all = possible.Select(p => string.Concat(p.Ranking)).ToHashSet();
            return all.Contains(string.Concat(RankedPairs.ByName(votes)))
                && all.Contains(string.Concat(RankedPairs.ByOrder(votes, votes[^1])))
                && all.Contains(string.Concat(RankedPairs.ByRandomOrder(votes, new Xoshiro256(3))))
                && possible.Sum(p => p.Orders) == Enumerable.Range(1, votes[0].Length).Aggregate(1, (a, b) => a * b);
        });

    [Fact]
    public void A_tie_breaking_order_is_the_same_as_a_renaming() =>
        Check.That("order = renaming", Votes, votes =>
        {
            var order = votes[0];
            var renamed = votes.Select(vote => vote.Select(name => Letters[Array.IndexOf(order, name)]).ToArray()).ToArray();
            var back = RankedPairs.ByName(renamed).Select(name => order[Array.IndexOf(Letters, name)]);
            return RankedPairs.ByOrder(votes, order).SequenceEqual(back);
        });

    [Fact]
    public void Normalised_points_add_up_and_agree_with_the_plain_count() =>
        Check.That("Borda", Votes, votes =>
        {
            var n = votes[0].Length;
            var mean = Borda.NormalisedMean(votes);
            var byRank = votes[0].ToDictionary(
                name => name,
                name => votes.Average(vote => Borda.NormalisedFromRanks(vote.Select((_, i) => (double)i).ToArray())[Array.IndexOf(vote, name)]));
            return Math.Abs(mean.Values.Sum() - ((n + 1) / 2.0)) < 1e-9
                && Borda.Points(votes).Values.Sum() == votes.Length * n * (n - 1) / 2
                && mean.All(entry => Math.Abs(entry.Value - byRank[entry.Key]) < 1e-9);
        });

    [Fact]
    public void Kendall_distance_is_a_metric() =>
        Check.That(
            "metric",
            from n in Gen.Choose(1, 5)
            from seeds in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), 3)
            select seeds.Select(seed => Shuffled(n, seed)).ToArray(),
            r => KendallDistance.Between(r[0], r[0]) == 0
                && KendallDistance.Between(r[0], r[1]) == KendallDistance.Between(r[1], r[0])
                && KendallDistance.Between(r[0], r[2]) <= KendallDistance.Between(r[0], r[1]) + KendallDistance.Between(r[1], r[2])
                && KendallDistance.Between(r[0], r[1]) + KendallDistance.Between(r[0], r[1].Reverse().ToArray()) == r[0].Length * (r[0].Length - 1) / 2);

    [Fact]
    public void Win_rates_of_the_two_sides_add_up_to_one_hundred() =>
        Check.That(
            "win rates",
            from n in Gen.Choose(1, 40)
            from values in Gen.ArrayOf(Gen.Frequency((3, Gen.Choose(100, 200).Select(x => x / 100.0)), (1, Gen.Constant(0.0))), n)
            from rule in Gen.Elements(Enum.GetValues<ScoringRule>())
            select (values, rule),
            input =>
            {
                var there = WinRate.Compute(input.values.Select(v => (double?)v).ToArray(), input.rule);
                var back = WinRate.Compute(input.values.Select(v => (double?)(v == 0 ? 0 : 3 - v)).ToArray(), input.rule);
                return Math.Abs(there.WinRate + back.WinRate - 100) < 1e-9
                    && there.Wins == back.BaselineWins && there.Draws == back.Draws
                    && there.Wins + there.BaselineWins + there.Draws == there.Total;
            });

    private static string[] Shuffled(int candidates, int seed)
    {
        var names = Letters[..candidates].ToArray();
        new Xoshiro256((ulong)seed).Shuffle<string>(names);
        return names;
    }

    private static int Index(HeadToHead tally, string name) => tally.Candidates.ToList().IndexOf(name);
}

using System.Text.Json;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Evaluation.Rankings;

/// <summary>Rankings, win rates and agreement against the numbers of Open Assistant and AlpacaEval.</summary>
[Trait("Suite", "Vectors")]
public class RankingVectorTests
{
    public static TheoryData<string, string> AllCases()
    {
        var data = new TheoryData<string, string>();
        foreach (var file in RankingVectors.Files)
        {
            foreach (var one in RankingVectors.Cases(file))
            {
                data.Add(file, one.GetProperty("id").GetString()!);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Every_case(string file, string id)
    {
        var one = RankingVectors.Case(file, id);
        switch (file)
        {
            case "ranked_pairs":
                RankedPairsCase(one);
                break;
            case "win_rate":
                WinRateCase(one);
                break;
            case "agreement":
                AgreementCase(one);
                break;
            default:
                Assert.Fail($"No check is known for ranking/{file}.json.");
                break;
        }
    }

    private static void RankedPairsCase(JsonElement one)
    {
        var votes = RankingVectors.Votes(one);
        var outputs = one.GetProperty("outputs");
        var parameters = one.GetProperty("params");
        var tally = HeadToHead.Count(votes);
        var result = RankedPairs.ByName(votes);
        foreach (var output in outputs.EnumerateObject())
        {
            var value = output.Value;
            switch (output.Name)
            {
                case "ranking":
                    result.Should().Equal(RankingVectors.Names(value));
                    break;
                case "names_sorted":
                    tally.Candidates.Should().Equal(RankingVectors.Names(value));
                    break;
                case "head_to_head":
                    var n = tally.Candidates.Count;
                    value.GetProperty("data").EnumerateArray().Select(x => x.GetInt32()).Should()
                        .Equal(Enumerable.Range(0, n * n).Select(i => tally[i / n, i % n]));
                    break;
                case "condorcet_winner":
                    tally.CondorcetWinner.Should().Be(value.GetString());
                    break;
                case "borda_points":
                    Borda.Points(votes).Should().BeEquivalentTo(value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32()));
                    break;
                case "borda_ranking_ties_by_name":
                    Borda.Ranking(votes).Should().Equal(RankingVectors.Names(value));
                    break;
                case "kendall_distance_result_to_each_vote":
                    votes.Select(vote => KendallDistance(result, vote)).Should().Equal(value.EnumerateArray().Select(x => x.GetInt32()));
                    break;
                default:
                    Assert.Fail($"No check is known for the output '{output.Name}'.");
                    break;
            }
        }

        tally.HasPairwiseTie.Should().Be(parameters.GetProperty("pairwise_tie").GetBoolean());
        tally.HasMajorityCycle.Should().Be(parameters.GetProperty("majority_cycle").GetBoolean());
        tally.HasTiedMajorities.Should().Be(parameters.GetProperty("tied_majorities").GetBoolean());
    }

    // Pairs of candidates that the two rankings order differently.
    private static int KendallDistance(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var places = second.Select(name => first.ToList().IndexOf(name)).ToList();
        return Enumerable.Range(0, places.Count).Sum(i => places.Skip(i + 1).Count(place => place < places[i]));
    }

    private static void WinRateCase(JsonElement one)
    {
        var preferences = RankingVectors.Preferences(one.GetProperty("inputs").GetProperty("preferences"));
        foreach (var output in one.GetProperty("outputs").EnumerateObject())
        {
            var result = WinRate.Compute(preferences, Rule(output.Name));
            var expected = output.Value;
            Close(result.WinRate, expected.GetProperty("win_rate"));
            Close(result.StandardError, expected.GetProperty("standard_error"));
            result.Wins.Should().Be(expected.GetProperty("n_wins").GetInt32());
            result.BaselineWins.Should().Be(expected.GetProperty("n_wins_base").GetInt32());
            result.Draws.Should().Be(expected.GetProperty("n_draws").GetInt32());
            result.Total.Should().Be(expected.GetProperty("n_total").GetInt32());
        }
    }

    private static void AgreementCase(JsonElement one)
    {
        var inputs = one.GetProperty("inputs");
        var predictions = RankingVectors.Preferences(inputs.GetProperty("prediction"));
        var targets = RankingVectors.Preferences(inputs.GetProperty("target"));
        foreach (var output in one.GetProperty("outputs").EnumerateObject())
        {
            var result = Agreement.Compute(predictions, targets, Rule(output.Name));
            Close(result.Score, output.Value.GetProperty("score"));
            Close(result.Error, output.Value.GetProperty("error"));
            Close(result.StandardError, output.Value.GetProperty("sem"));
        }
    }

    private static ScoringRule Rule(string name) => name switch
    {
        "absolute" => ScoringRule.Absolute,
        "squared" => ScoringRule.Squared,
        "zero_one" => ScoringRule.ZeroOne,
        _ => throw new InvalidDataException($"No scoring rule is known by the name '{name}'."),
    };

    private static void Close(double actual, JsonElement expected)
    {
        var value = RankingVectors.Number(expected);
        if (double.IsNaN(value))
        {
            actual.Should().Be(double.NaN);
        }
        else
        {
            actual.Should().BeApproximately(value, 1e-11 * Math.Max(1, Math.Abs(value)));
        }
    }
}

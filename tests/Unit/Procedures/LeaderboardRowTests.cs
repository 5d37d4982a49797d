using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Crs.Specs;

namespace Repro.Tests.Unit.Procedures;

public sealed class LeaderboardRowTests
{
    [Fact]
    public void Computes_the_columns_of_a_leaderboard()
    {
        // Wins 1, 1, 0, 0: sample deviation sqrt(1/3), over the root of 4.
        var row = LeaderboardRow.Compute(
            [Judgement.Row("p", 1, 10, 99), Judgement.Row("q", 1, 11, 99), Judgement.Row("r", 2, 12, 99), Judgement.Row("s", 2, 14, 99)],
            "a");
        row.WinRate.Should().Be(50);
        row.StandardError.Should().BeApproximately(100 * Math.Sqrt(1.0 / 3) / 2, 1e-12);
        row.MeanCharacters.Should().Be(11.75);
        row.Columns().Should().Contain(("n_wins", 2)).And.Contain(("n_wins_base", 2)).And.Contain(("avg_length", 11));
    }

    [Fact]
    public void A_tied_pair_of_judgements_has_the_largest_error() =>
        LeaderboardRow.Compute(Judgement.Rows(1, 2), "b").StandardError.Should().BeApproximately(50, 1e-12);

    [Fact]
    public void One_judgement_is_refused()
    {
        var compute = () => LeaderboardRow.Compute(Judgement.Rows(1), "a");
        compute.Should().Throw<ReproException>().WithMessage("*at least two annotations of 'a', found 1");
    }

    [Fact]
    public void No_judgement_is_refused()
    {
        var compute = () => LeaderboardRow.Compute([], "a");
        compute.Should().Throw<ReproException>();
    }
}

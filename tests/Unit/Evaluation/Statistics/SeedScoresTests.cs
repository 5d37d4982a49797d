using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public sealed class SeedScoresTests
{
    /// <summary>With one run a task nothing is left to chance: each resample is the scores themselves.</summary>
    [Fact]
    public void One_run_a_task_gives_an_interval_of_one_point()
    {
        double[,] first = { { 5, 7 } }, second = { { 3, 1 } };

        SeedScores.StratifiedInterval(first, drawn => (10 * drawn[0, 0]) + drawn[0, 1], 5, seed: 1).Should().Be(new Interval(57, 57));
        SeedScores.StratifiedInterval([first, second], drawn => drawn[0][0, 1] - drawn[1][0, 0], 5, seed: 1)
            .Should().Be(new Interval(4, 4));
    }

    /// <summary>
    /// Of two runs that score 0 and 1 two are drawn: their mean is 0, 1/2 or 1 with probabilities 1/4, 1/2, 1/4. A level of 0.6 leaves 20
    /// percent on either side, a level of 0.4 leaves 30.
    /// </summary>
    [Fact]
    public void The_percentiles_by_hand()
    {
        double[,] scores = { { 0 }, { 1 } };
        Interval At(double level) =>
            SeedScores.StratifiedInterval(scores, drawn => (drawn[0, 0] + drawn[1, 0]) / 2, 2000, seed: 3, level);

        At(0.6).Should().Be(new Interval(0, 1));
        At(0.4).Should().Be(new Interval(0.5, 0.5));
    }

    /// <summary>Runs are drawn for each task by itself: were whole rows drawn, both tasks would always agree.</summary>
    [Fact]
    public void Tasks_are_drawn_apart()
    {
        double[,] scores = { { 0, 0 }, { 1, 1 } };
        var pairs = new HashSet<(double First, double Second)>();
        double Seen(double[,] drawn)
        {
            pairs.Add((drawn[0, 0], drawn[0, 1]));
            return 0;
        }

        SeedScores.StratifiedInterval(scores, Seen, 100, seed: 2);

        pairs.Should().BeEquivalentTo([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]);
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused()
    {
        double[,] scores = { { 1 } };
        Refused<ArgumentNullException>(() => SeedScores.StratifiedInterval(scores, null!, 1, 1), "*'statistic'*");
        Refused<ArgumentNullException>(() => SeedScores.StratifiedInterval([scores], null!, 1, 1), "*'statistic'*");
        Refused<ArgumentNullException>(
            () => SeedScores.StratifiedInterval((IReadOnlyList<double[,]>)null!, _ => 1, 1, 1), "*'methods'*");
        Refused<ArgumentNullException>(() => SeedScores.StratifiedInterval([null!], _ => 1, 1, 1), "*'methods[0]'*");
        Refused<ArgumentException>(() => SeedScores.StratifiedInterval([], _ => 1, 1, 1), "methods must be at least 1, was 0*");
        Refused<ArgumentException>(
            () => SeedScores.StratifiedInterval([new double[0, 2]], _ => 1, 1, 1), "methods[0] must hold at least 1 value(s), held 0*");
        Refused<ArgumentException>(() => SeedScores.StratifiedInterval(scores, _ => 1, 0, 1), "resamples must be at least 1, was 0*");
        Refused<ArgumentException>(() => SeedScores.StratifiedInterval(scores, _ => 1, 1, 1, 1), "level must be above 0*");
        Refused<ArgumentException>(
            () => SeedScores.StratifiedInterval(scores, _ => double.NaN, 2, 1), "statistic must be finite, was NaN for resample 0.*");
    }

    [Fact]
    public void A_cancelled_interval_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        FluentActions.Invoking(() => SeedScores.StratifiedInterval(new double[,] { { 1 } }, _ => 1, 1, 1, 0.95, source.Token))
            .Should().Throw<OperationCanceledException>();
    }

    private static void Refused<T>(Func<Interval> call, string message)
        where T : Exception => FluentActions.Invoking(call).Should().Throw<T>().WithMessage(message);
}

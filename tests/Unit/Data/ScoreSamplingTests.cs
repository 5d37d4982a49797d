using System.Globalization;
using Repro.Core;
using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class ScoreSamplingTests
{
    private static readonly ScoreRanges Ranges = new() { Low = 0.4, High = 0.9 };

    [Theory]
    [InlineData(0.41, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0.500001, 1)]
    [InlineData(0.6, 1)]
    [InlineData(0.7, 2)]
    [InlineData(0.75, 3)]
    [InlineData(0.8, 3)]
    [InlineData(0.83, 4)]
    [InlineData(0.8999999, 4)]
    public void Each_bin_holds_its_upper_edge(double score, int bin) => new MiddleBins(Ranges, 5).Of(score).Should().Be(bin);

    [Fact]
    public void Bounds_belong_to_the_ends()
    {
        FluentActions.Invoking(() => new MiddleBins(Ranges, 5).Of(0.4)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new MiddleBins(Ranges, 5).Of(0.9)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new MiddleBins(Ranges, 0).Of(0.5)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void The_middle_is_thinned_out_to_equal_bins_and_the_ends_stay()
    {
        // 50 in each of the five bins but the last, which has 3; 20 low and 30 high.
        var rows = Rows(
            [
                .. Enumerable.Repeat(0.2, 20), .. new[] { 0.45, 0.55, 0.65, 0.75 }.SelectMany(score => Enumerable.Repeat(score, 50)), 0.85,
                0.85, 0.85, .. Enumerable.Repeat(0.95, 30),
            ]);
        var thin = ScoreSampling.UnderSampleMiddle(rows, Ranges, 5, 10, 123);
        thin.GroupBy(row => row.Score!.Value).ToDictionary(group => group.Key, group => group.Count()).Should().BeEquivalentTo(
            new Dictionary<double, int> { [0.2] = 20, [0.45] = 10, [0.55] = 10, [0.65] = 10, [0.75] = 10, [0.85] = 3, [0.95] = 30 });
        thin.Select(row => int.Parse(row.Origin.Item, CultureInfo.InvariantCulture))
            .Should().OnlyHaveUniqueItems().And.BeInAscendingOrder();
        ScoreSampling.UnderSampleMiddle(rows, Ranges, 5, 10, 123).Should().Equal(thin);
        ScoreSampling.UnderSampleMiddle(rows, Ranges, 5, 10, 124).Should().NotEqual(thin);
        var places = thin.Where(row => row.Score is 0.45 or 0.55)
            .Select(row => (int.Parse(row.Origin.Item, CultureInfo.InvariantCulture) - 20) % 50).ToList();
        places[..10].Should().NotEqual(places[10..], "each bin has draws of its own");
    }

    [Fact]
    public void Low_rows_come_once_more()
    {
        var rows = Rows([0.1, 0.5, 0.4, 0.95]);
        ScoreSampling.DuplicateLow(rows, Ranges).Select(row => row.Score).Should().Equal(0.1, 0.5, 0.4, 0.95, 0.1, 0.4);
    }

    [Fact]
    public void Or_are_drawn_with_replacement()
    {
        var rows = Rows([.. Enumerable.Repeat(0.3, 400), .. Enumerable.Repeat(0.6, 10)]);
        var drawn = ScoreSampling.ResampleLow(rows, Ranges, 2, 123);
        drawn.Should().HaveCount(810);
        drawn.Take(10).Should().OnlyContain(row => row.Score == 0.6);
        drawn.Skip(10).Should().OnlyContain(row => row.Score == 0.3);
        // With replacement a row is missed with probability exp(-2): about 54 of 400, standard deviation about 6.
        (400 - drawn.Skip(10).Select(row => row.Origin.Item).Distinct().Count()).Should().BeInRange(24, 84);
        ScoreSampling.ResampleLow(rows, Ranges, 2, 123).Should().Equal(drawn);
        ScoreSampling.ResampleLow(Rows([0.6]), Ranges, 2, 123).Should().HaveCount(1);
    }

    [Fact]
    public void The_row_counts_of_the_training_facts_come_out()
    {
        // 4104 low, 26961 middle, 7787 high, 38852 in all, 4104 paraphrases.
        var rows = Rows(
            [
                .. Enumerable.Repeat(0.25, 4104), .. Enumerable.Range(0, 26961).Select(i => 0.41 + (0.48 * i / 26961)),
                .. Enumerable.Repeat(0.95, 7787),
            ]);
        var augmented = Rows([.. Enumerable.Repeat(0.1, 4104)]);
        rows.Should().HaveCount(38852);
        new ScoreBalance { OverSample = OverSampling.Duplicate }.Apply(rows).Should().HaveCount(42956);
        new ScoreBalance { OverSample = OverSampling.Resample }.Apply(rows).Should().HaveCount(42956);
        new ScoreBalance { UnderSampleTo = 8000 }.Apply(rows).Should().HaveCount(4104 + 8000 + 7787);
        new ScoreBalance { UnderSampleTo = 16000 }.Apply(rows).Should().HaveCount(4104 + 16000 + 7787);

        var weighted = new ScoreBalance { OverSample = OverSampling.Duplicate, RarityStrength = 1 }.Apply(rows);
        weighted[0].Weight.Should().BeApproximately(42956.0 / 8208, 1e-12).And.BeApproximately(5.23, 0.005);

        var chosen = new ScoreBalance { UnderSampleTo = 8000, RarityStrength = 0.75 }.Apply(rows, augmented);
        chosen.Should().HaveCount(23995);
        chosen[0].Weight.Should().BeApproximately(2.1925, 0.0001);
        chosen.Select(row => (Low: row.Score <= 0.4, row.Weight)).Distinct()
            .Should().BeEquivalentTo([(true, chosen[0].Weight), (false, 1.0)]);
        chosen.Sum(row => row.Weight)
            .Should().BeApproximately((0.75 * 23995) + 23995 - 8208, 1e-6, "all low rows together weigh strength * N");
    }

    [Fact]
    public void A_constant_weighs_both_ends() =>
        new ScoreBalance { EndWeight = 1.4 }.Apply(Rows([0.4, 0.41, 0.89, 0.9])).Select(row => row.Weight).Should().Equal(1.4, 1, 1, 1.4);

    [Fact]
    public void Paraphrases_are_appended_and_not_duplicated() =>
        new ScoreBalance { OverSample = OverSampling.Duplicate }.Apply(Rows([0.2, 0.7]), Rows([0.1])).Select(row => row.Score)
            .Should().Equal(0.2, 0.7, 0.2, 0.1);

    [Fact]
    public void What_makes_no_sense_is_an_error()
    {
        var rows = Rows([0.5, 0.6]);
        Fails(new ScoreBalance { RarityStrength = 0.5 }, rows, "none of 2 rows has a score up to 0.4; rare scores cannot be weighted.");
        Fails(new ScoreBalance { RarityStrength = 0.5, EndWeight = 1.4 }, rows, "*both were asked for.");
        Fails(new ScoreBalance { Low = 0.9 }, rows, "low scores end at 0.9 and high ones begin at 0.9*");
        Fails(new ScoreBalance { UnderSampleTo = 4 }, rows, "4 rows cannot be shared by 5 bins*");
        Fails(new ScoreBalance { EndWeight = 2 }, [rows[0] with { Score = null }], "s, 0: the reply has no score*");

        static void Fails(ScoreBalance balance, IReadOnlyList<RatedReply> rows, string expected) =>
            FluentActions.Invoking(() => balance.Apply(rows)).Should().Throw<ReproException>().WithMessage(expected);
    }

    private static List<RatedReply> Rows(double[] scores) =>
        [
            .. scores.Select((score, i) =>
                new RatedReply(
                    new("s", "g", i.ToString(CultureInfo.InvariantCulture)), [], string.Empty, new Dictionary<string, double>(), score)),
        ];
}

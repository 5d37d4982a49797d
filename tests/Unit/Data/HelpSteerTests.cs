using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Rankings;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class HelpSteerTests
{
    [Fact]
    public void Ratings_run_from_0_to_1()
    {
        var rows = HelpSteer.Ratings(DataFolder.Fixture("helpsteer.jsonl")).ToList();
        rows.Should().HaveCount(6);
        rows[0].Labels.Should().BeEquivalentTo(new Dictionary<string, double>
        {
            ["helpfulness"] = 0.75,
            ["correctness"] = 1,
            ["coherence"] = 1,
            ["complexity"] = 0.25,
            ["verbosity"] = 0.25,
        });
        rows[0].Score.Should().BeNull();
        rows.Select(row => row.Origin.Group).Distinct().Should().HaveCount(3);
    }

    [Fact]
    public void Scored_replies_to_one_prompt_become_a_preference_group()
    {
        var notes = new ReadNotes();
        var helpfulness = new LabelAggregation(new Dictionary<string, double> { ["helpfulness"] = 1 });
        var groups = RatedGroups.Preferences(
            LabelScores.Aggregate(HelpSteer.Ratings(DataFolder.Fixture("helpsteer.jsonl")), helpfulness), notes).ToList();
        groups.Single().Replies
            .Should().Equal(
                new RankedReply("The moon pulls the sea.", 0), new RankedReply("The moon, mostly.", 0),
                new RankedReply("Fish push it.", 1));
        groups[0].Pairs().Should().Equal((0, 2), (1, 2));
        notes.Reasons.Should().BeEquivalentTo(new Dictionary<string, (long, string)>
        {
            ["the prompt has one reply"] = (1, "helpsteer, helpsteer.jsonl:4"),
            ["all replies are rated equal"] = (1, "helpsteer, helpsteer.jsonl:5"),
        });
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-1")]
    [InlineData("2.5")]
    [InlineData("\"3\"")]
    public void A_rating_outside_its_range_is_named(string rating)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "f.jsonl",
            $"{{\"prompt\":\"p\",\"response\":\"r\",\"helpfulness\":1,\"correctness\":{rating},"
                + "\"coherence\":1,\"complexity\":1,\"verbosity\":1}");
        FluentActions.Invoking(() => HelpSteer.Ratings(path).ToList()).Should().Throw<ReproException>()
            .WithMessage($"*f.jsonl:1: 'correctness' must be a whole number from 0 to 4, found {rating}.");
    }

    [Fact]
    public void Negative_sums_are_left_out_and_given_scores_stay()
    {
        var notes = new ReadNotes();
        var weights = new LabelAggregation(new Dictionary<string, double> { ["good"] = 0.5, ["bad"] = -0.5 });
        RatedReply[] rows = [Row("a", 1, 0.5, null), Row("b", 0.25, 0.5, null), Row("c", 0, 1, 0.3)];
        LabelScores.Aggregate(rows, weights, notes).Select(row => (row.Reply, row.Score)).Should().Equal(("a", 0.25), ("c", 0.3));
        notes.Reasons["the aggregated score is negative"].Should().Be((1L, "s, b"));
        var aggregation = new LabelAggregation(new Dictionary<string, double> { ["kind"] = 1 });
        FluentActions.Invoking(() => LabelScores.Aggregate(rows, aggregation).ToList())
            .Should().Throw<ReproException>().WithMessage("s, a: the label 'kind' is absent*");

        static RatedReply Row(string name, double good, double bad, double? score) =>
            new(new("s", "g", name), [], name, new Dictionary<string, double> { ["good"] = good, ["bad"] = bad }, score);
    }
}

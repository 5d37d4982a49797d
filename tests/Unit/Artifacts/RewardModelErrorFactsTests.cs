using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Artifacts;

public sealed class RewardModelErrorFactsTests
{
    private const string Good = """
        {"m": {"Below 0.4": {"mse": "0.25", "mae": "0.5"}, "Full dataset": {"mse": "0.1", "mae": "0.2"},
         "responses_score": ["0.125", "0.5"]}}
        """;

    [Fact]
    public void Ranges_and_scores_are_read()
    {
        var model = Parse(Good).Of("m");
        model.Ranges.Should().HaveCount(2);
        model.Of("Below 0.4").Should().Be(new RewardModelErrorFacts.Range("Below 0.4", 0.25, 0.5));
        model.ResponseScores.Should().Equal(0.125, 0.5);
    }

    [Fact]
    public void An_empty_file_holds_no_model() => Parse("{}").Models.Should().BeEmpty();

    [Fact]
    public void Unknown_models_and_ranges_are_named()
    {
        var model = () => Parse(Good).Of("n");
        var range = () => Parse(Good).Of("m").Of("Above 0.9");
        model.Should().Throw<ReproException>().WithMessage("no model 'n' among m");
        range.Should().Throw<ReproException>().WithMessage("model 'm' has no range 'Above 0.9' among Below 0.4, Full dataset");
    }

    [Theory]
    [InlineData("[]", "e.json:1: expected an object from model to ranges")]
    [InlineData("{\"m\": {", "e.json:1: truncated or malformed JSON*")]
    [InlineData("{\"m\": {}}", "e.json: model 'm': 'responses_score' is missing")]
    [InlineData("{\"m\": {\"responses_score\": \"1\"}}", "e.json: model 'm': 'responses_score' must be a list")]
    [InlineData("{\"m\": {\"responses_score\": [\"x\"]}}", "e.json: model 'm', responses_score?0?: expected a number as text, found \"x\"")]
    [InlineData("{\"m\": {\"r\": {\"mse\": \"1\"}, \"responses_score\": []}}", "e.json: model 'm', range 'r': 'mae' is missing")]
    [InlineData("{\"m\": {\"r\": {\"mse\": 1, \"mae\": \"1\"}, \"responses_score\": []}}", "e.json: model 'm', range 'r', mse: "
        + "expected a number as text, found 1")]
    public void Malformed_files_give_one_message_with_file_and_entry(string json, string message)
    {
        var parse = () => Parse(json);
        parse.Should().Throw<ReproException>().WithMessage(message);
    }

    private static RewardModelErrorFacts Parse(string json) =>
        RewardModelErrorFacts.Parse(new RawFile("e.json", Encoding.UTF8.GetBytes(json)));
}

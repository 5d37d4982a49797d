using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Artifacts;

public sealed class HumanStudyFactsTests
{
    private const string Vote = """
        {"response-1": 2, "response-2": 1, "response-3": 2, "annotator": "g1a1", "value_order": ["response-3", "response-1", "response-2"]}
        """;

    [Fact]
    public void A_vote_keeps_ranks_and_stored_order()
    {
        var vote = VoteFacts.Parse(File($"[[{Vote}]]")).Prompts.Single().Single();

        vote.Annotator.Should().Be("g1a1");
        vote.Ranks.Should().Equal(2, 1, 2);
        vote.Order.Should().Equal(2, 0, 1);
        vote.HasTie().Should().BeTrue();
    }

    [Fact]
    public void No_prompt_is_no_vote() => VoteFacts.Parse(File("[]")).Prompts.Should().BeEmpty();

    [Theory]
    [InlineData("[[{\"annotator\"", "*truncated or malformed JSON*")]
    [InlineData("[{}]", "*entry 0: expected a list of votes*")]
    [InlineData("[[{\"annotator\": \"a\"}]]", "*entry 0, vote 0: 'value_order' is missing*")]
    [InlineData("[[{\"value_order\": [\"response-1\", \"response-1\"]}]]", "*vote 0: "
        + "'value_order' must name each of response-1 to response-2 once*")]
    [InlineData("[[{\"value_order\": [\"first\"]}]]", "*vote 0: 'value_order' must hold names such as response-1*")]
    [InlineData("[[{\"value_order\": [\"response-1\"], \"response-1\": 2}]]", "*vote 0: rank 2 is not a whole number from 1 to 1*")]
    public void A_bad_vote_is_named(string json, string message) =>
        FluentActions.Invoking(() => VoteFacts.Parse(File(json))).Should().Throw<ReproException>().WithMessage(message);

    [Fact]
    public void Merged_rankings_are_read() =>
        MergedRankingFacts.Parse(File("""[["b", "a"], ["a", "b"]]""")).Rankings[0].Should().Equal("b", "a");

    [Theory]
    [InlineData("[[\"a\", 1]]", "*entry 0: expected a list of model names*")]
    [InlineData("[[\"a\", \"b\"], [\"a\", \"a\"]]", "*entry 1: expected each of a, b once, found a, a*")]
    [InlineData("[[\"a\", \"b\"], [\"a\"]]", "*entry 1: expected each of a, b once, found a*")]
    [InlineData("[[\"a\",", "*truncated or malformed JSON*")]
    public void A_bad_merged_ranking_is_named(string json, string message) =>
        FluentActions.Invoking(() => MergedRankingFacts.Parse(File(json))).Should().Throw<ReproException>().WithMessage(message);

    [Fact]
    public void Model_keys_are_read_by_position()
    {
        var group = ModelKeyFacts.Parse(File("""{"run_num0": {"Why?": {"1": "b", "0": "a"}}}""")).Groups.Single();

        group.Name.Should().Be("run_num0");
        group.Prompts.Single().Models.Should().Equal("a", "b");
    }

    [Theory]
    [InlineData("[]", "*expected an object*")]
    [InlineData("{\"run_num0\": 1}", "*run_num0: expected an object*")]
    [InlineData("{\"run_num0\": {\"Why?\": {\"0\": \"a\", \"2\": \"b\"}}}", "*run_num0: entry 0: expected a model name at position 1*")]
    public void A_bad_model_key_is_named(string json, string message) =>
        FluentActions.Invoking(() => ModelKeyFacts.Parse(File(json))).Should().Throw<ReproException>().WithMessage(message);

    [Fact]
    public void Responses_become_keys_and_lengths()
    {
        var row = StudyResponseFacts.Parse(File("""[{"instruction": "Why?", "response-1": "one two", "response-2": ""}]""")).Rows.Single();

        row.Responses.Should().HaveCount(2);
        row.Responses[0].Should().BeEquivalentTo(new { Words = 2, Characters = 7 });
        row.Responses[1].Should().BeEquivalentTo(new { Words = 0, Characters = 0 });
        row.Responses[0].Key.Should().HaveLength(16).And.NotBe(row.Responses[1].Key);
    }

    [Theory]
    [InlineData("[{\"response-1\": \"a\"}]", "*entry 0: 'instruction' is missing*")]
    [InlineData("[{\"instruction\": \"Why?\"}]", "*entry 0: 'response-1' is missing*")]
    [InlineData("[{\"instruction\": \"Why?\", \"response-1\": 1}]", "*entry 0: 'response-1' must be a string*")]
    public void A_bad_response_is_named(string json, string message) =>
        FluentActions.Invoking(() => StudyResponseFacts.Parse(File(json))).Should().Throw<ReproException>().WithMessage(message);

    private static RawFile File(string json) => new("votes.json", Encoding.UTF8.GetBytes(json));
}

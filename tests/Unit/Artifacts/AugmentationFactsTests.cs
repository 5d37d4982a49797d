using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Artifacts;

public sealed class AugmentationFactsTests
{
    private const string Header = "message,reply,score\n";

    [Fact]
    public void Rows_become_keys_scores_and_lengths_without_text()
    {
        var facts = Parse(Header + "\"['a, b']\",\"one\ntwo\",0.25\n\"['a, b']\",three,0\n");
        facts.Prompts.Should().Be(1);
        facts.Scores.Should().Equal(0.25, 0);
        facts.Characters.Should().Equal(7, 5);
        facts.Replies.Should().OnlyHaveUniqueItems().And.OnlyContain(k => k.Length == 16);
        facts.ScoreOf(facts.Replies[1]).Should().Be(0);
    }

    [Fact]
    public void A_key_must_name_one_reply()
    {
        var facts = Parse(Header + "['m'],same,0.1\n['m'],same,0.2\n");
        var twice = () => facts.ScoreOf(facts.Replies[0]);
        var never = () => facts.ScoreOf("0");
        twice.Should().Throw<ReproException>().WithMessage("*found 2");
        never.Should().Throw<ReproException>().WithMessage("expected one paraphrase with key '0', found 0");
    }

    [Theory]
    [InlineData(Header, "a.csv:1: expected rows with the columns message, reply, score")]
    [InlineData("message,reply\nm,r\n", "a.csv:1: expected rows with the columns message, reply, score")]
    [InlineData(Header + "['m'],r,0.1\n['m'],r,high\n", "a.csv: row 2: score 'high' is not a number")]
    [InlineData(Header + "m,r\n", "a.csv:*truncated or malformed CSV*")]
    public void Malformed_files_give_one_message_with_file_and_row(string csv, string message)
    {
        var parse = () => Parse(csv);
        parse.Should().Throw<ReproException>().WithMessage(message);
    }

    private static AugmentationFacts Parse(string csv) => AugmentationFacts.Parse(new RawFile("a.csv", Encoding.UTF8.GetBytes(csv)));
}

using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class AugmentedRatingsTests
{
    [Fact]
    public void Prompts_are_read_as_lists_of_turns()
    {
        var rows = AugmentedRatings.Ratings(DataFolder.Fixture("augmented-ratings.csv")).ToList();
        rows.Select(row => (row.Reply, row.Score, row.Origin.Item)).Should().Equal(
            ("Fog is a low cloud, \"resting\" on the ground.", 0.25, "augmented-ratings.csv:2"),
            ("Silence\nat last.", 0.0, "augmented-ratings.csv:3"),
            ("Là.", 0.4, "augmented-ratings.csv:5"));
        rows[1].Prompt.Should().Equal(
            new ChatMessage(ChatRole.User, "Don't sing."),
            new ChatMessage(ChatRole.Assistant, "La la.\nLa."),
            new ChatMessage(ChatRole.User, "I said \"don't\", \\ please\t\u200b\a"));
    }

    [Fact]
    public void Or_as_the_characters_of_the_text()
    {
        var prompt = AugmentedRatings.Ratings(DataFolder.Fixture("augmented-ratings.csv"), PromptReading.Shredded).Last().Prompt;
        prompt.Should().Equal(
            new ChatMessage(ChatRole.User, "["), new ChatMessage(ChatRole.Assistant, "'"), new ChatMessage(ChatRole.User, "O"),
            new ChatMessage(ChatRole.Assistant, "ù"),
            new ChatMessage(ChatRole.User, "?"), new ChatMessage(ChatRole.Assistant, "'"), new ChatMessage(ChatRole.User, "]"));
    }

    [Theory]
    [InlineData("message,reply,score\n\"['a']\",r,1.5\n", "*f.csv:2: 'score' must be a number from 0 to 1, found \"1.5\".")]
    [InlineData("message,reply,score\n\"['a']\",r,nan\n", "*f.csv:2: 'score' must be a number from 0 to 1, found \"nan\".")]
    [InlineData("message,reply,score\n\"['a', 'b']\",r,0.5\n", "*f.csv:2: 'message' must end with a turn of the user, found 2 turns.")]
    [InlineData("message,reply,score\n[],r,0.5\n", "*f.csv:2: 'message' must end with a turn of the user, found 0 turns.")]
    [InlineData("message,reply,score\na,r,0.5\n", "*f.csv:2: 'message' must be a list of texts in square brackets, found \"a\".")]
    [InlineData("message,score\n['a'],0.5\n", "*f.csv:1: the column 'reply' is missing; the table has message, score.")]
    [InlineData("message,reply,score\n['a'],r,0.5\n['b'],\"cut", "*f.csv:3: the table is damaged or cut off*")]
    [InlineData("message,reply,score\n['a'],r\n", "*f.csv:2: the table is damaged or cut off*")]
    [InlineData("message,reply,score\n", "*f.csv: the table holds no rows*")]
    [InlineData("", "*f.csv: the file holds no rows*")]
    public void A_wrong_row_is_named(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.csv", content);
        FluentActions.Invoking(() => AugmentedRatings.Ratings(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [Fact]
    public void Line_ends_and_marks_of_other_systems_are_read()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.csv", "\uFEFFmessage,reply,score\r\n\"['a']\",\"one\r\ntwo\",0.5\r\n['b'],three,0.25\r\n");
        AugmentedRatings.Ratings(path).Select(row => (row.Prompt[0].Content, row.Reply, row.Score, row.Origin.Item))
            .Should().Equal(("a", "one\r\ntwo", 0.5, "f.csv:2"), ("b", "three", 0.25, "f.csv:4"));
    }

    [Theory]
    [InlineData("['a']", "a")]
    [InlineData("[]", "")]
    [InlineData("['a', \"b'c\", 'd\"e']", "a|b'c|d\"e")]
    [InlineData("['\\x41\\u00e9\\U0001f600\\n\\\\\\'']", "Aé😀\n\\'")]
    [InlineData("['', '']", "|")]
    public void Lists_of_python_are_read(string text, string expected) =>
        string.Join('|', PythonText.List(text, "here")).Should().Be(expected);

    [Theory]
    [InlineData("[", "here must be a list of texts in square brackets, found \"[\".")]
    [InlineData("['a'", "here must be a list*")]
    [InlineData("['a]", "here: the end of the quoted text was expected at character 4.")]
    [InlineData("[']", "here: the end of the quoted text was expected at character 3.")]
    [InlineData("['\\']", "here: the end of the quoted text was expected*")]
    [InlineData("['a' 'b']", "here: a comma and a space was expected at character 5.")]
    [InlineData("['a', b]", "here: a text in quotes was expected at character 7.")]
    [InlineData("['a', ]", "here: a text in quotes was expected at character 7.")]
    [InlineData("['\\q']", "here: an escape such as*at character 3.")]
    [InlineData("['\\x4']", "here: an escape such as*at character 3.")]
    [InlineData("['\\x41]", "here: the end of the quoted text was expected*")]
    [InlineData("['\\ud83d']", "here: an escape such as*at character 3.")]
    public void What_is_no_list_is_named_with_its_place(string text, string expected) =>
        FluentActions.Invoking(() => PythonText.List(text, "here")).Should().Throw<ReproException>().WithMessage(expected);

    [Fact]
    public void A_fresh_paraphrase_scores_lower_the_less_it_is_alike()
    {
        var original = new RatedReply(new("s", "g", "m"), [new(ChatRole.User, "q")], "r", new Dictionary<string, double>(), 0.4);
        var rule = new ParaphraseScore();
        var row = AugmentedRatings.Paraphrase(original, "other words", 0.6, true, rule);
        row.Score.Should().BeApproximately(0.4 - ((1 - 0.8) * 0.5), 1e-12);
        (row.Reply, row.Origin.Group, row.Origin.Item).Should().Be(("other words", "g", "m:paraphrase"));
        AugmentedRatings.Paraphrase(original, "autres mots", 0.9, false, rule).Score
            .Should().BeApproximately(0.4 - ((1 - 0.6) * 0.5), 1e-12);
        FluentActions.Invoking(() => AugmentedRatings.Paraphrase(original with { Score = null }, "x", 0, true, rule))
            .Should().Throw<ReproException>().WithMessage("s, m: the reply has no score*");
    }

    [ReleaseFact]
    public void The_released_table_is_read_whole_in_both_ways()
    {
        var path = DataFolder.Artifact("rm_data_augment", "rm_augmented.csv");
        var rows = AugmentedRatings.Ratings(path).ToList();
        rows.Should().HaveCount(4104);
        // Counted with Python's own reader of lists.
        rows.GroupBy(row => row.Prompt.Count).ToDictionary(group => group.Key, group => group.Count())
            .Should().BeEquivalentTo(new Dictionary<int, int> { [1] = 2527, [3] = 1542, [5] = 35 });
        rows.Count(row => row.Score == 0).Should().Be(770);
        rows.Max(row => row.Score).Should().BeApproximately(0.3999644309282303, 1e-15);
        rows.All(row => row.Score <= 0.4).Should().BeTrue();
        AugmentedRatings.Ratings(path, PromptReading.Shredded).Count(row => row.Prompt[0].Content == "[").Should().Be(4104);
    }
}

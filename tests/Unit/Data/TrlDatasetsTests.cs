using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

/// <summary>TRL's dataset types, standard and conversational, UltraFeedback and HelpSteer.</summary>
public sealed class TrlDatasetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_are_as_they_are_and_empty_ones_are_counted()
    {
        var notes = new ReadNotes();
        TrlDatasets.Texts(DataFolder.Fixture("text.jsonl"), notes).Select(row => row.Text).Should()
            .Equal("The Oder rises in Moravia.", "Garda is a lake.");
        notes.Reasons["the text is empty"].Count.Should().Be(1);
        var lines = _folder.Write("t.txt", "\uFEFFfirst\r\n\r\n  [second\t\nlast");
        TrlDatasets.Texts(lines, notes).Select(row => (row.Text, row.Origin.Item)).Should()
            .Equal(("first", "t.txt:1"), ("  [second\t", "t.txt:3"), ("last", "t.txt:4"));
    }

    [Fact]
    public void Prompts_are_texts_or_messages()
    {
        var notes = new ReadNotes();
        var rows = TrlDatasets.Prompts(DataFolder.Fixture("prompt-only.jsonl"), notes).ToList();
        rows.Select(row => string.Join('|', row.Prompt.Select(message => $"{message.Role}:{message.Content}"))).Should()
            .Equal("User:What is 7 times 8?", "System:Be brief.|User:Name a lake.");
        rows.Select(row => row.Reference).Should().Equal("56", null);
        notes.Reasons.Keys.Should().Equal("the prompt does not end with the user");
    }

    [Fact]
    public void Only_completions_carry_loss()
    {
        var rows = TrlDatasets.Completions(DataFolder.Fixture("prompt-completion.jsonl")).ToList();
        rows.Select(ChatConversationsTests.Shown).Should()
            .Equal("User:Name a river.|Assistant:The Oder.", "User:Name a lake.|Assistant:Garda.|User:Where?|Assistant:In Italy.");
        rows.Select(row => row.PromptMessages).Should().Equal(1, 3);
    }

    // Row 3: TRL's extract_prompt gives prompt "The sky is", replies " blue." and " green.".
    [Fact]
    public void Preferences_have_the_prompt_beside_them_or_in_common()
    {
        var notes = new ReadNotes();
        var path = DataFolder.Fixture("preference.jsonl");
        TrlDatasets.Preferences(path, notes).Select(row => $"{row.Prompt.Single().Content}|{row.Replies[0].Text}|{row.Replies[1].Text}")
            .Should().Equal(
            "Name a river.|The Oder.|A mountain.", "Name a lake.|Garda.|No.", "The sky is| blue.| green.", "Name a lake.|Como.|Never.",
                "Name a lake.|Iseo.|");
        notes.Reasons.Should().BeEquivalentTo(new Dictionary<string, (long, string)>
        {
            ["both replies are equal"] = (1, path + ":6"),
            ["'prompt' is not what 'chosen' and 'rejected' begin with"] = (1, path + ":7"),
            ["both texts have no beginning in common"] = (1, path + ":8"),
            ["the dialogues part before the last answer"] = (1, path + ":9"),
        });
    }

    [Theory]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":[{"role":"assistant","content":"c"}]}""",
        "*:1: 'rejected' must be a text, found *")]
    [InlineData("""{"prompt":"a","chosen":[{"role":"assistant","content":"c"}],"rejected":"b"}""",
        "*:1: 'rejected' must be a list of objects, found \"b\".")]
    [InlineData("""{"prompt":5,"chosen":"b","rejected":"c"}""", "*:1: 'prompt' must be a text or a list of messages, found 5.")]
    [InlineData("""{"prompt":"a","chosen":"b"}""", "*:1: 'rejected' must be a text, found nothing.")]
    public void What_is_no_pair_is_refused_with_file_line_and_key(string row, string expected)
    {
        var path = _folder.Write("p.jsonl", row);
        FluentActions.Invoking(() => TrlDatasets.Preferences(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [Fact]
    public void Steps_are_right_or_wrong()
    {
        var rows = TrlDatasets.Steps(DataFolder.Fixture("stepwise.jsonl")).ToList();
        rows.Select(row => string.Join(' ', row.Steps.Select(step => step.Rating))).Should().Equal("1 1", "1 -1");
        var path = _folder.Write("s.jsonl", """{"prompt":"a","completions":["b","c"],"labels":[true]}""");
        FluentActions.Invoking(() => TrlDatasets.Steps(path).ToList()).Should().Throw<ReproException>()
            .WithMessage("*:1: 'labels' must hold as many values as 'completions' (2), found [true].");
    }

    // (1 + 2 + 1 + 2) / 4 = 1.5 of 5 is 0.125 from 0 to 1; (5 + 4 + 5 + 5) / 4 = 4.75 is 0.9375.
    [Fact]
    public void UltraFeedback_is_scored_by_the_mean_of_its_ratings()
    {
        var notes = new ReadNotes();
        var set = new DatasetSettings { Format = "ultrafeedback", Path = DataFolder.Fixture("ultrafeedback.jsonl") };
        Dataset.Read<RatedReply>(set, notes).Select(row => (row.Reply, row.Score)).Should()
            .Equal(("A mountain.", 0.125), ("The Oder.", 0.9375), ("Garda.", 1), ("Como.", 1));
        notes.Reasons["a rating of the completion is missing"].Count.Should().Be(1);
        Dataset.Read<PreferenceGroup>(set).Single().Replies.Select(reply => reply.Text).Should().Equal("The Oder.", "A mountain.");
        var helpful = set with { LabelWeights = new Dictionary<string, double> { ["helpfulness"] = 1 } };
        Dataset.Read<RatedReply>(helpful).First().Score.Should().Be(0.25);
    }

    [Fact]
    public void Dialogues_of_HelpSteer2_become_turns()
    {
        var notes = new ReadNotes();
        var path = DataFolder.Fixture("helpsteer2.jsonl");
        var rows = HelpSteer.Ratings(path, notes).ToList();
        rows.Should().HaveCount(4);
        rows[2].Prompt.Should().Equal(
            new ChatMessage(ChatRole.User, "Name a river in Portugal."), new(ChatRole.Assistant, "The Douro."),
                new(ChatRole.User, "And where does it end?"));
        notes.Reasons.Should()
            .BeEquivalentTo(new Dictionary<string, (long, string)> { ["two messages of one role follow each other"] = (1, path + ":5") });
        var groups = Dataset.Read<PreferenceGroup>(new DatasetSettings { Format = "helpsteer", Path = path }).ToList();
        groups.Select(group => group.Replies[0].Text).Should().Equal("Blue.", "At Porto, in the Atlantic.");
    }

    [Fact]
    public void Negative_preferences_of_HelpSteer3_are_for_the_first_reply()
    {
        var notes = new ReadNotes();
        HelpSteer.Preferences(DataFolder.Fixture("helpsteer3.jsonl"), notes)
            .Select(row => $"{row.Prompt.Count}|{row.Replies[0].Text}|{row.Replies[1].Text}")
            .Should().Equal("1|The Oder.|A mountain.", "3|Como.|No.", "3|At Porto.|In Madrid.");
        notes.Reasons["neither reply is preferred"].Count.Should().Be(1);
    }
}

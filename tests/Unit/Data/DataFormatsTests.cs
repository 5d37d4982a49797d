using Repro.Core;
using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class DataFormatsTests
{
    public static TheoryData<string, string, string, int> Readings => new()
    {
        { "gsm8k", "gsm8k.jsonl", "conversations", 3 },
        { "gsm8k", "gsm8k.jsonl", "prompts", 3 },
        { "math-instructions", "math-instructions.jsonl", "conversations", 1 },
        { "alpaca", "alpaca.json", "conversations", 3 },
        { "alpaca", "alpaca.json", "prompts", 3 },
        { "dolly", "dolly.jsonl", "conversations", 2 },
        { "hh", "hh.jsonl", "preferences", 4 },
        { "hh", "hh.jsonl", "conversations", 4 },
        { "hh", "hh.jsonl", "prompts", 4 },
        { "hh", "hh.jsonl", "unpaired preferences", 8 },
        { "unpaired-preference", "unpaired-preference.jsonl", "unpaired preferences", 4 },
        { "unpaired-preference", "unpaired-preference.jsonl", "prompts", 4 },
        { "oasst", "oasst.trees.jsonl", "conversations", 3 },
        { "oasst", "oasst.trees.jsonl", "preferences", 3 },
        { "oasst", "oasst.trees.jsonl", "ratings", 10 },
        { "oasst", "oasst.trees.jsonl", "prompts", 7 },
        { "helpsteer", "helpsteer.jsonl", "ratings", 6 },
        { "helpsteer", "helpsteer.jsonl", "preferences", 1 },
        { "helpsteer", "helpsteer.jsonl", "prompts", 3 },
        { "prm800k", "prm800k.jsonl", "solutions", 4 },
        { "prm800k", "prm800k.jsonl", "prompts", 6 },
        { "vicuna", "vicuna.jsonl", "prompts", 2 },
        { "koala", "koala.jsonl", "prompts", 2 },
        { "augmented-ratings", "augmented-ratings.csv", "ratings", 3 },
        { "messages", "messages.jsonl", "conversations", 2 },
        { "messages", "messages.jsonl", "prompts", 4 },
        { "sharegpt", "sharegpt.jsonl", "conversations", 2 },
        { "sharegpt", "sharegpt.jsonl", "prompts", 2 },
        { "text", "text.jsonl", "texts", 2 },
        { "prompt-only", "prompt-only.jsonl", "prompts", 2 },
        { "prompt-completion", "prompt-completion.jsonl", "conversations", 2 },
        { "prompt-completion", "prompt-completion.jsonl", "prompts", 2 },
        { "preference", "preference.jsonl", "preferences", 5 },
        { "preference", "preference.jsonl", "conversations", 5 },
        { "preference", "preference.jsonl", "prompts", 5 },
        { "preference", "preference.jsonl", "unpaired preferences", 10 },
        { "stepwise", "stepwise.jsonl", "solutions", 2 },
        { "stepwise", "stepwise.jsonl", "prompts", 2 },
        { "ultrafeedback", "ultrafeedback.jsonl", "ratings", 4 },
        { "ultrafeedback", "ultrafeedback.jsonl", "preferences", 1 },
        { "ultrafeedback", "ultrafeedback.jsonl", "prompts", 2 },
        { "helpsteer3", "helpsteer3.jsonl", "preferences", 3 },
        { "helpsteer3", "helpsteer3.jsonl", "prompts", 3 },
    };

    [Theory]
    [MemberData(nameof(Readings))]
    public void Each_format_is_read_as_each_of_its_kinds(string format, string file, string kind, int count)
    {
        var settings = new DatasetSettings { Format = format, Path = DataFolder.Fixture(file) };
        var records = Read(kind, settings);
        records.Should().HaveCount(count);
        records.Select(record => record.Origin.Set).Distinct().Should().Equal(format);
        records.Select(record => record.Origin).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_list_above_is_complete() =>
        Readings.Select(row => ((string)row[0], (string)row[2])).Should().Contain(
            DataFormats.All.Where(format => format.Name is not ("dolly" or "math-instructions"))
                .SelectMany(format => format.Kinds.Select(kind => (format.Name, kind))));

    [Theory]
    [InlineData("oast", "unknown data format 'oast'; did you mean 'oasst'?; known are gsm8k, *")]
    [InlineData("helpster", "unknown data format 'helpster'; did you mean 'helpsteer'?*")]
    [InlineData("", "unknown data format ''*")]
    public void An_unknown_name_is_an_error_with_a_suggestion(string name, string expected) =>
        FluentActions.Invoking(() => DataFormats.Find(name)).Should().Throw<ReproException>().WithMessage(expected);

    [Fact]
    public void A_kind_that_a_format_has_not_is_an_error() =>
        FluentActions.Invoking(() => Dataset.Read<PreferenceGroup>(new DatasetSettings { Format = "koala", Path = "k.jsonl" }))
            .Should().Throw<ReproException>()
            .WithMessage("k.jsonl: the format 'koala' holds no preferences; it can be read as prompts.");

    [Fact]
    public void A_setting_without_use_is_an_error()
    {
        var hh = new DatasetSettings { Format = "hh", Path = "h.jsonl" };
        Fails<PreferenceGroup>(
            hh with { Languages = ["en"] },
            "h.jsonl: the setting 'languages' has no use for preferences of the format 'hh'; known are part.");
        Fails<PreferenceGroup>(hh with { DropRefusals = true }, "*'drop_refusals' has no use for preferences*");
        Fails<Conversation>(hh with { RefusalPhrases = ["x"] }, "h.jsonl: 'refusal_phrases' has no use while 'drop_refusals' is false.");
        var trees = new DatasetSettings { Format = "oasst", Path = "t.jsonl" };
        Fails<PromptOnly>(
            trees with { BestRanks = 2 },
            "*'best_ranks' has no use for prompts of the format 'oasst'; known are languages, finished_only, reviewed_only, part.");
        Fails<Conversation>(trees with { MaximumReplies = 3 }, "*'maximum_replies' has no use*");
        Fails<Conversation>(trees with { LabelWeights = new Dictionary<string, double>() }, "*'label_weights' has no use*");
        Fails<Conversation>(trees with { RequiredLabels = [] }, "*'required_labels' has no use*");
        Fails<Conversation>(trees with { CalculatorAnnotations = false }, "*'calculator_annotations' has no use*");
        Fails<Conversation>(trees with { PromptReading = PromptReading.Shredded }, "*'prompt_reading' has no use*");
        Fails<Conversation>(trees with { Alternatives = true }, "*'alternatives' has no use*");
        Fails<PromptOnly>(new DatasetSettings { Format = "koala", Path = "k", FinishedOnly = false }, "*'finished_only' has no use*");
        Fails<PromptOnly>(new DatasetSettings { Format = "koala", Path = "k", ReviewedOnly = false }, "*'reviewed_only' has no use*");
    }

    [Fact]
    public void Settings_reach_the_readers()
    {
        var gsm8k = new DatasetSettings { Format = "gsm8k", Path = DataFolder.Fixture("gsm8k.jsonl"), CalculatorAnnotations = false };
        Dataset.Read<Conversation>(gsm8k).First().Messages[1].Content.Should().Be("There are 12*25=300 beans.\n#### 300");

        var trees = new DatasetSettings { Format = "oasst", Path = DataFolder.Fixture("oasst.trees.jsonl") };
        Dataset.Read<Conversation>(trees with { BestRanks = 2, Languages = ["de"] }).Select(row => row.Origin.Item)
            .Should().Equal("b0", "b1", "b2");
        Dataset.Read<Conversation>(trees with { FinishedOnly = false, ReviewedOnly = false }).Select(row => row.Origin.Group)
            .Should().Equal("a", "b", "c", "e", "f");
        Dataset.Read<PreferenceGroup>(trees with { MaximumReplies = 2 }).Should().OnlyContain(group => group.Replies.Count == 2);
        Dataset.Read<RatedReply>(trees).First().Score.Should().Be(0.9);
        Dataset.Read<RatedReply>(trees with { RequiredLabels = ["humor"] }).Should().HaveCount(9, "one reply has no value for it");
        Dataset.Read<RatedReply>(
            trees with { LabelWeights = new Dictionary<string, double> { ["quality"] = 0.5, ["creativity"] = 0.5 } }).First().Score
            .Should().BeApproximately(0.7, 1e-12);
        FluentActions.Invoking(() =>
            Dataset.Read<RatedReply>(trees with { LabelWeights = new Dictionary<string, double> { ["quality"] = 0.5 } }).ToList())
            .Should().Throw<ReproException>().WithMessage("*'label_weights': the absolute weights add up to 0.5*");

        Dataset.Read<StepwiseSolution>(
            new DatasetSettings { Format = "prm800k", Path = DataFolder.Fixture("prm800k.jsonl"), Alternatives = true })
            .Should().HaveCount(9);
        Dataset.Read<RatedReply>(
            new DatasetSettings
            {
                Format = "augmented-ratings",
                Path = DataFolder.Fixture("augmented-ratings.csv"),
                PromptReading = PromptReading.Shredded,
            })
            .First().Prompt.Should().HaveCount("['What is fog?']".Length);
    }

    [Fact]
    public void Refusals_are_dropped_and_noted()
    {
        var notes = new ReadNotes();
        var settings = new DatasetSettings { Format = "alpaca", Path = DataFolder.Fixture("alpaca.json"), DropRefusals = true };
        Dataset.Read<Conversation>(settings, notes).Should().HaveCount(2);
        notes.Reasons["a refusal phrase"].Count.Should().Be(1);
        Dataset.Read<Conversation>(settings with { RefusalPhrases = ["quiet", "TIN"] }).Should().HaveCount(1);
    }

    internal static List<IDataRecord> Read(string kind, DatasetSettings settings) => kind switch
    {
        "conversations" => [.. Dataset.Read<Conversation>(settings)],
        "preferences" => [.. Dataset.Read<PreferenceGroup>(settings)],
        "unpaired preferences" => [.. Dataset.Read<UnpairedPreference>(settings)],
        "ratings" => [.. Dataset.Read<RatedReply>(settings)],
        "solutions" => [.. Dataset.Read<StepwiseSolution>(settings)],
        "prompts" => [.. Dataset.Read<PromptOnly>(settings)],
        "texts" => [.. Dataset.Read<PlainText>(settings)],
        _ => throw new ArgumentException(kind, nameof(kind)),
    };

    private static void Fails<T>(DatasetSettings settings, string expected)
        where T : class, IDataRecord =>
        FluentActions.Invoking(() => Dataset.Read<T>(settings).ToList()).Should().Throw<ReproException>().WithMessage(expected);
}

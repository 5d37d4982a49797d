using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class DatasetTests
{
    [Fact]
    public void One_seed_holds_out_the_same_trees_whatever_they_are_read_as()
    {
        using var folder = new TemporaryFolder();
        // Every third tree has no ranked replies, so that it gives a conversation and no preferences.
        var path = folder.Write("t.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i => Tree(i, ranked: i % 3 != 0) + "\n")));
        var settings = new DatasetSettings { Format = "oasst", Path = path, Split = new SplitSettings { HeldOut = 0.2, Seed = 90 } };
        var conversations = Dataset.Load<Conversation>(settings);
        var preferences = Dataset.Load<PreferenceGroup>(settings);
        var prompts = Dataset.Load<PromptOnly>(settings);
        conversations.HeldOut.Should().HaveCount(12);
        prompts.HeldOut.Select(row => row.Origin.Group).Should().Equal(conversations.HeldOut.Select(row => row.Origin.Group));
        preferences.HeldOut.Select(row => row.Origin.Group).Should().BeSubsetOf(conversations.HeldOut.Select(row => row.Origin.Group));
        preferences.Train.Count.Should().Be(40 - preferences.HeldOut.Count);

        static string Tree(int i, bool ranked)
        {
            var replies = ranked ? Reply(0) + "," + Reply(1) : Reply(0);
            return Invariant($"{{\"message_tree_id\":\"t{i}\",\"tree_state\":\"ready_for_export\",\"prompt\":{{\"message_id\":\"t{i}\",\"role\":\"prompter\",\"text\":\"q{i}\",\"review_result\":true,\"replies\":[{replies}]}}}}");

            string Reply(int place) => Invariant($"{{\"message_id\":\"t{i}.{place}\",\"role\":\"assistant\",\"text\":\"r\"{(ranked ? Invariant($",\"rank\":{place}") : null)}}}");
        }
    }

    [Fact]
    public void Several_sets_are_split_each_by_its_own_settings()
    {
        var split = Dataset.Load<Conversation>(
        [
            new DatasetSettings { Format = "alpaca", Path = DataFolder.Fixture("alpaca.json"), Split = new SplitSettings { HeldOut = 0.67, Seed = 1, MaximumHeldOut = 1 } },
            new DatasetSettings { Format = "gsm8k", Path = DataFolder.Fixture("gsm8k.jsonl"), Split = new SplitSettings { HeldOut = 0.34, Seed = 1 } },
            new DatasetSettings { Format = "dolly", Path = DataFolder.Fixture("dolly.jsonl") },
        ]);
        split.Train.Select(row => row.Origin.Set).Should().Equal("alpaca", "gsm8k", "gsm8k", "dolly", "dolly");
        split.HeldOut.Select(row => row.Origin.Set).Should().Equal("alpaca", "gsm8k");
        split.Unused.Should().Be(1);
        FluentActions.Invoking(() => Dataset.Load<Conversation>([])).Should().Throw<ReproException>();
    }

    [Fact]
    public void Nothing_left_is_an_error_that_tells_why() =>
        FluentActions.Invoking(() => Dataset.Load<PromptOnly>(new DatasetSettings { Format = "oasst", Path = DataFolder.Fixture("oasst.trees.jsonl"), Languages = ["fi"] }))
            .Should().Throw<ReproException>().WithMessage("*oasst.trees.jsonl: no prompts remain; 4 left out: another language; 1 left out: the prompt did not pass the review; 1 left out: the tree is not finished.");

    [Fact]
    public void A_share_that_holds_out_nothing_names_the_data() =>
        FluentActions.Invoking(() => Dataset.Load<PromptOnly>(new DatasetSettings { Format = "koala", Path = DataFolder.Fixture("koala.jsonl"), Split = new SplitSettings { HeldOut = 0.05 } }))
            .Should().Throw<ReproException>().WithMessage("*koala.jsonl: a share of 0.05 of 2 groups holds out nothing*");

    [Fact]
    public void Settings_come_from_yaml()
    {
        using var folder = new TemporaryFolder();
        folder.Write("c.yaml", "format: oasst\npath: data/x.jsonl\nlanguages: [en, de]\nlabel_weights: {quality: 1}\nprompt_reading: shredded\nsplit: {held_out: 0.05, maximum_held_out: 200, seed: 90}\n");
        var settings = new ConfigReader().Read<DatasetSettings>(Path.Combine(folder.Path, "c.yaml"));
        settings.Path.Should().Be(Path.Combine(folder.Path, "data", "x.jsonl"));
        settings.Languages.Should().Equal("en", "de");
        settings.LabelWeights.Should().ContainKey("quality");
        settings.PromptReading.Should().Be(PromptReading.Shredded);
        settings.Split.Should().Be(new SplitSettings { HeldOut = 0.05, MaximumHeldOut = 200, Seed = 90 });
    }

    [Fact]
    public void An_inspection_counts_rows_and_checks_the_first_records()
    {
        var report = DatasetInspection.Inspect(new DatasetSettings { Format = "alpaca", Path = DataFolder.Fixture("alpaca.json") });
        report.Should().BeEquivalentTo(new { Format = "alpaca", Kind = "conversations", Rows = 4, Checked = 3, LongestCharacters = 53 });
        report.LeftOut["the answer is empty"].Count.Should().Be(1);
        report.ToString().Should().Be("alpaca: 4 rows in 1 file; the first 3 conversations are valid, 47 characters on average and 53 at most; 1 left out: the answer is empty");
        DatasetInspection.Inspect<RatedReply>(new DatasetSettings { Format = "augmented-ratings", Path = DataFolder.Fixture("augmented-ratings.csv") }).Rows.Should().Be(3);
        DatasetInspection.Inspect(new DatasetSettings { Format = "prm800k", Path = DataFolder.Fixture("prm800k.jsonl") }, records: 2).Checked.Should().Be(2);
    }

    [Fact]
    public void An_inspection_reports_a_wrong_first_row_and_a_cut_end()
    {
        using var folder = new TemporaryFolder();
        var wrong = folder.Write("wrong.jsonl", "{\"id\":\"a\",\"prompt\":3}\n");
        FluentActions.Invoking(() => DatasetInspection.Inspect(new DatasetSettings { Format = "koala", Path = wrong })).Should().Throw<ReproException>().WithMessage("*wrong.jsonl:1: 'prompt' must be a text*");
        var cut = folder.Write("cut.json", "[{\"id\":\"a\",\"prompt\":\"b\"},\n{\"id\":");
        FluentActions.Invoking(() => DatasetInspection.Inspect(new DatasetSettings { Format = "koala", Path = cut }, records: 1)).Should().Throw<ReproException>().WithMessage("*cut.json:2: the file ends inside*");
    }

    [PublishedDataFact]
    public void Published_folders_are_read_by_their_parts()
    {
        var train = DatasetInspection.Inspect(new DatasetSettings { Format = "gsm8k", Path = DataFolder.Path("gsm8k"), Part = "train" });
        (train.Rows, train.Checked).Should().Be((7473, 1000));
        DatasetInspection.Inspect(new DatasetSettings { Format = "gsm8k", Path = DataFolder.Path("gsm8k"), Part = "test" }).Rows.Should().Be(1319);
        DatasetInspection.Inspect(new DatasetSettings { Format = "hh", Path = DataFolder.Path("hh-rlhf", "harmless-base") }).Rows.Should().Be(2312);
        DatasetInspection.Inspect(new DatasetSettings { Format = "oasst", Path = DataFolder.Path("oasst") }).Rows.Should().Be(100);
        FluentActions.Invoking(() => DatasetInspection.Inspect(new DatasetSettings { Format = "gsm8k", Path = DataFolder.Path("gsm8k") })).Should().Throw<ReproException>().WithMessage("*several data files*");
    }

    [PublishedDataFact]
    public void Published_data_are_split_by_prompt()
    {
        var split = Dataset.Load<PreferenceGroup>(new DatasetSettings { Format = "hh", Path = DataFolder.Path("hh-rlhf", "harmless-base"), Split = new SplitSettings { HeldOut = 0.1, Seed = 1 } });
        (split.Train.Count + split.HeldOut.Count).Should().Be(2312);
        split.HeldOut.Count.Should().BeInRange(190, 270);
        split.Train.Select(row => row.Origin.Group).Should().NotIntersectWith(split.HeldOut.Select(row => row.Origin.Group));
    }
}

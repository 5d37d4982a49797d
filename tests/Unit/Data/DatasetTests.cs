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
            return Invariant($"{{\"message_tree_id\":\"t{i}\",\"tree_state\":\"ready_for_export\",\"prompt\":{{\"message_id\":\"t{i}\",")
                + Invariant($"\"role\":\"prompter\",\"text\":\"q{i}\",\"review_result\":true,\"replies\":[{replies}]}}}}");

            string Reply(int place) => Invariant($"{{\"message_id\":\"t{i}.{place}\",\"role\":\"assistant\",\"text\":\"r\"")
                + (ranked ? Invariant($",\"rank\":{place}}}") : "}");
        }
    }

    [Fact]
    public void Several_sets_are_split_each_by_its_own_settings()
    {
        var split = Dataset.Load<Conversation>(
        [
            new DatasetSettings
            {
                Format = "alpaca",
                Path = DataFolder.Fixture("alpaca.json"),
                Split = new SplitSettings { HeldOut = 0.67, Seed = 1, MaximumHeldOut = 1 },
            },
            new DatasetSettings
            {
                Format = "gsm8k",
                Path = DataFolder.Fixture("gsm8k.jsonl"),
                Split = new SplitSettings { HeldOut = 0.34, Seed = 1 },
            },
            new DatasetSettings { Format = "dolly", Path = DataFolder.Fixture("dolly.jsonl") },
        ]);
        split.Train.Select(row => row.Origin.Set).Should().Equal("alpaca", "gsm8k", "gsm8k", "dolly", "dolly");
        split.HeldOut.Select(row => row.Origin.Set).Should().Equal("alpaca", "gsm8k");
        split.Unused.Should().Be(1);
        FluentActions.Invoking(() => Dataset.Load<Conversation>([])).Should().Throw<ReproException>();
    }

    [Fact]
    public void Nothing_left_is_an_error_that_tells_why() =>
        FluentActions.Invoking(() =>
            Dataset.Load<PromptOnly>(
                new DatasetSettings { Format = "oasst", Path = DataFolder.Fixture("oasst.trees.jsonl"), Languages = ["fi"] }))
            .Should().Throw<ReproException>().WithMessage(
                "*oasst.trees.jsonl: no prompts remain; 4 left out: another language; 1 left out: the prompt did not pass the review; "
                    + "1 left out: the tree is not finished.");

    [Fact]
    public void A_share_that_holds_out_nothing_names_the_data() =>
        FluentActions.Invoking(() =>
            Dataset.Load<PromptOnly>(
                new DatasetSettings
                {
                    Format = "koala",
                    Path = DataFolder.Fixture("koala.jsonl"),
                    Split = new SplitSettings { HeldOut = 0.05 },
                }))
            .Should().Throw<ReproException>().WithMessage("*koala.jsonl: a share of 0.05 of 2 groups holds out nothing*");

    [Fact]
    public void Settings_come_from_yaml()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "c.yaml",
            "format: oasst\npath: data/x.jsonl\nlanguages: [en, de]\nlabel_weights: {quality: 1}\nprompt_reading: shredded\nsplit: "
                + "{held_out: 0.05, maximum_held_out: 200, seed: 90}\n");
        var settings = new ConfigReader().Read<DatasetSettings>(Path.Combine(folder.Path, "c.yaml"));
        settings.Path.Should().Be(Path.Combine(folder.Path, "data", "x.jsonl"));
        settings.Languages.Should().Equal("en", "de");
        settings.LabelWeights.Should().ContainKey("quality");
        settings.PromptReading.Should().Be(PromptReading.Shredded);
        settings.Split.Should().Be(new SplitSettings { HeldOut = 0.05, MaximumHeldOut = 200, Seed = 90 });
    }

    [PublishedDataFact]
    public void Published_folders_are_read_by_their_parts()
    {
        static int Rows(string? part) =>
            Dataset.Read<Conversation>(new DatasetSettings { Format = "gsm8k", Path = DataFolder.Path("gsm8k"), Part = part }).Count();
        Rows("train").Should().Be(7473);
        Rows("test").Should().Be(1319);
        FluentActions.Invoking(() => Rows(null)).Should().Throw<ReproException>().WithMessage("*several data files*");
    }

    [PublishedDataFact]
    public void Published_data_are_split_by_prompt()
    {
        var split = Dataset.Load<PreferenceGroup>(
            new DatasetSettings
            {
                Format = "hh",
                Path = DataFolder.Path("hh-rlhf", "harmless-base"),
                Split = new SplitSettings { HeldOut = 0.1, Seed = 1 },
            });
        (split.Train.Count + split.HeldOut.Count).Should().Be(2312);
        split.HeldOut.Count.Should().BeInRange(190, 270);
        split.Train.Select(row => row.Origin.Group).Should().NotIntersectWith(split.HeldOut.Select(row => row.Origin.Group));
    }
}

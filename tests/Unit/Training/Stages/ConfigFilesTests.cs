using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Tokenization;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Registry;
using Repro.Core.Training.RewardModels;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>Every file under configs/ is one that a stage takes.</summary>
public sealed class ConfigFilesTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["MODEL"] = "/model",
        ["DATA"] = "/data",
        ["RATINGS"] = "/ratings.csv",
        ["REWARD"] = "/reward",
        ["PREFERENCE"] = "/preference",
        ["ABSOLUTE"] = "/absolute",
    };

    public static TheoryData<string> Files => [.. Names];

    private static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories)
        .Where(file => File.ReadLines(file).Any(line => line.StartsWith("stage:", StringComparison.Ordinal)))
        .Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal);

    private static string Folder => Path.Combine(RepositoryRoot.Find(), "configs");

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_a_stage_is_read_and_written_back_the_same(string file)
    {
        var reader = new ConfigReader(variables: Variables);
        var (stage, config) = StageRegistry.Default().Read(Path.Combine(Folder, file), reader);

        config.Stage.Should().Be(stage.Name);
        ConfigWriter.Flatten(config).Values.Should().NotContain(value => value.Contains("${", StringComparison.Ordinal));
    }

    [Fact]
    public void There_are_files_for_both_papers() =>
        Names.Select(name => name.Split('/')[0]).Distinct().Should().BeEquivalentTo("adr", "crs", "small");

    [Theory]
    [InlineData("small/prepare.yaml")]
    [InlineData("small/world.yaml")]
    public void Preparations_are_read(string file) =>
        new ConfigReader(variables: Variables).Read<PreparationConfig>(Path.Combine(Folder, file)).VocabularySize
            .Should().BeGreaterThan(300);

    [Fact]
    public void Ppo_runs_of_the_thesis_differ_in_the_reward_alone()
    {
        var runs = new[] { "ppo-abs", "ppo-abs-bounded", "ppo-preference", "ppo-crs" }
            .Select(name => Read<PpoConfig>($"crs/{name}.yaml")).ToList();

        runs.Select(run => ConfigWriter.Write(run with { Reward = new AnswerRewardSettings() })).Distinct().Should().ContainSingle();
        runs.Select(run => run.Reward).Should().OnlyHaveUniqueItems();
        new ConfigReader(variables: new Dictionary<string, string>(Variables) { ["WEIGHT"] = "0.625" })
            .Read<PpoConfig>(Path.Combine(Folder, "crs/ppo-crs.yaml")).Reward
            .Should().BeOfType<CombinedRewardSettings>().Which.Weight.Should().Be(0.625);
    }

    [Fact]
    public void The_chosen_absolute_model_is_balanced_as_the_thesis_says() =>
        Read<AbsoluteRewardConfig>("crs/rm-absolute.yaml").Balance.Should().Be(
            new Core.Data.ScoreBalance { Low = 0.4, High = 0.9, UnderSampleTo = 8000, Bins = 5, RarityStrength = 0.75, Seed = 123 });

    private static T Read<T>(string file)
        where T : class => new ConfigReader(variables: Variables).Read<T>(Path.Combine(Folder, file));
}

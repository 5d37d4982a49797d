using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training.Registry;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Configuration;

/// <summary>Keys of the first version are refused with the name that they have now.</summary>
public sealed class OldKeyTests
{
    private static readonly IReadOnlyList<(string Stage, string Key)> Keys =
        [
            .. StageRegistry.Default().Stages.SelectMany(stage =>
                ConfigShape.For(stage.ConfigType).Keys.Select(key => (stage.Name, key.Name))),
        ];

    public static TheoryData<string, string> Renamed
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (old, now) in OldKeys.Renamed.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                data.Add(old, now);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Renamed))]
    public void An_old_key_is_refused_with_the_new_one(string old, string now)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "stage.yaml",
            "stage: sft\n" + string.Concat(old.Split('.').Select((name, depth) => new string(' ', 2 * depth) + name + ":\n"))
                .TrimEnd() + " 1\n");

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>()
            .WithMessage($"{path}:2: unknown key '{old.Split('.')[0]}' in the file: settings have other names now: {old} is {now}.");
        FluentActions.Invoking(() => StageRegistry.Default().Read(folder.Write("empty.yaml", "stage: sft"), new ConfigReader([$"{old}=1"])))
            .Should().Throw<ReproException>()
            .WithMessage($"--set {old}=1: unknown key '*{old} is {now}.");
    }

    [Theory]
    [MemberData(nameof(Renamed))]
    public void The_new_name_is_a_key_of_a_stage_and_the_old_one_of_none(string old, string now)
    {
        Keys.Select(key => key.Key).Should().Contain(now);
        Keys.Select(key => key.Key).Should().NotContain(old);
        OldKeys.Among(Keys.Select(key => key.Key)).Should().BeEmpty();
    }

    [Fact]
    public void Several_old_keys_of_a_block_are_named_at_once()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "stage.yaml",
            "stage: sft\ntraining: {batch: {rows: 4, micro_rows: 2}, epochs: 2, head_memory: {chunk_bytes: 8, kept_bytes: 9}}\n");

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>().WithMessage(
            "*: training.batch.rows is batch_size, training.batch.micro_rows is micro_batch_size, training.epochs is epochs, "
                + "training.head_memory is head_memory.");
    }

    [Theory]
    [InlineData("batch_size")]
    [InlineData("micro_batch_size")]
    [InlineData("epochs")]
    [InlineData("data")]
    [InlineData("max_length")]
    public void Every_stage_has_the_common_keys_at_its_first_level(string name) =>
        Keys.Where(key => key.Key == name).Select(key => key.Stage).Should().BeEquivalentTo(StageRegistry.Default().Names);

    [Theory]
    [InlineData("max_new_tokens", "ppo", "grpo", "rloo", "online-dpo", "rs")]
    [InlineData("max_prompt_length", "dpo", "kto", "ppo", "grpo", "rloo", "online-dpo", "rs")]
    [InlineData("loss_normalization", "sft", "ppo")]
    public void Stages_that_have_a_use_for_it_have_the_key_at_their_first_level(string name, params string[] stages) =>
        Keys.Where(key => key.Key == name).Select(key => key.Stage).Should().BeEquivalentTo(stages);
}

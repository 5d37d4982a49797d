using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training.Registry;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Configuration;

/// <summary>The commented file of <c>init</c> is read as it stands, and every default that it shows is the default.</summary>
public sealed partial class SettingsTemplateTests
{
    public static TheoryData<string> Stages => [.. StageRegistry.Default().Names];

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_template_is_read_and_its_comments_are_the_defaults(string stage)
    {
        using var folder = new TemporaryFolder();
        var text = Text(stage);
        var asItStands = Read(folder, text);
        var explicitDefaults = Read(folder, DefaultLine().Replace(text, "$1$2"));

        explicitDefaults.Should().BeEquivalentTo(asItStands);
        DefaultLine().Count(text).Should().BeGreaterThan(20);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_template_shows_every_key_and_every_bound(string stage)
    {
        var text = Text(stage);
        foreach (var key in ConfigShape.For(StageRegistry.Default().Stages.Single(known => known.Name == stage).ConfigType).Keys)
        {
            text.Should().Contain($"{key.Name}:");
        }

        text.Should().Contain("at least 1").And.Contain("from 0 to 1");
        text.Split('\n').Should().OnlyContain(line => line.Length <= 120);
    }

    /// <summary>Values and keys stand in comments as in a file, not as in C#.</summary>
    [Theory]
    [MemberData(nameof(Stages))]
    public void A_template_names_values_and_keys_as_a_file_does(string stage)
    {
        var types = typeof(SettingsReference).Assembly.GetTypes();
        var names = types.Where(type => type.IsEnum).SelectMany(Enum.GetNames)
            .Concat(types.Where(ConfigShape.IsSettings).SelectMany(type => type.GetProperties()).Select(property => property.Name))
            .Where(name => name.Count(char.IsUpper) > 1 && name.Any(char.IsLower)).ToHashSet(StringComparer.Ordinal);
        Words().Matches(Text(stage)).Select(word => word.Value).Where(names.Contains).Should().BeEmpty();
    }

    [Fact]
    public void A_template_shows_an_adapter_that_learns() =>
        Text("dpo").Should().Contain("#   rank: 16\n").And.Contain("#   alpha: 32\n");

    [Theory]
    [InlineData("lam: 0.9", "lam", "lambda")]
    [InlineData("cliprange: 0.2", "cliprange", "policy_clip")]
    [InlineData("per_device_train_batch_size: 8", "per_device_train_batch_size", "micro_batch_size")]
    [InlineData("learning_rate: 1e-5", "learning_rate", "optimizer.learning_rate")]
    [InlineData("optimizer: {max_grad_norm: 1, learning_rate: 1e-5}", "max_grad_norm", "optimizer.maximum_gradient_norm")]
    [InlineData("lora_alpha: 16", "lora_alpha", "model.lora.alpha")]
    [InlineData("kl_coef: 0.1", "kl_coef", "kl.coefficient")]
    [InlineData("beta: 0.1", "beta", "kl.coefficient")]
    public void A_key_of_a_peer_is_refused_with_the_name_it_has_here(string line, string key, string here)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("stage.yaml", "stage: ppo\n" + line);

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>()
            .WithMessage($"{path}:2: unknown key '{key}' in *; it is '{here}' here.");
    }

    [Fact]
    public void Every_key_of_a_peer_leads_to_a_key_of_a_stage()
    {
        var shapes = StageRegistry.Default().Stages.Select(stage => ConfigShape.For(stage.ConfigType)).ToList();

        PeerKeys.Here.Keys.Where(key => shapes.TrueForAll(shape => PeerKeys.For(key, shape) is null)).Should().BeEmpty();
        PeerKeys.Here.Keys.Should().NotContain(OldKeys.Renamed.Keys);
    }

    [Theory]
    [InlineData("dpo", "gradient_accumulation_steps: 4", "; batch_size is rows of an optimizer step, micro_batch_size rows of a forward *")]
    [InlineData("dpo", "max_completion_length: 4", "; max_length is prompt and completion together, *")]
    [InlineData("ppo", "max_completion_length: 4", "; it is 'max_new_tokens' here.*")]
    [InlineData("dpo", "learning_rate: 4", "; it is 'optimizer.learning_rate' here.*")]
    [InlineData("dpo", "model: {rank: 4}", "; it belongs under 'model.lora'.*")]
    [InlineData("dpo", "optimizer: {batch_size: 4}", "; it belongs at the first level of the file.*")]
    [InlineData("dpo", "optimizer: {held_out: 4}", "; it belongs under 'data.split'.*")]
    public void A_key_in_the_wrong_place_is_told_the_right_one(string stage, string line, string hint)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("stage.yaml", $"stage: {stage}\n{line}\n");

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>()
            .WithMessage($"{path}:2: unknown key '*' in *{hint}");
    }

    /// <summary>What does not fit is a default, which stands nowhere in the file.</summary>
    [Theory]
    [InlineData("dpo", "max_length: 128", "max_prompt_length must be from 1 to below max_length (128), was 512",
        "max_prompt_length, whose default is 512")]
    [InlineData("kto", "max_length: 128", "max_prompt_length must be from 1 to below max_length (128), was 512",
        "max_prompt_length, whose default is 512")]
    [InlineData("rm-preference", "max_length: 128", "a text of max_length 128 cannot leave min_prompt_length 256 tokens for the prompt",
        "min_prompt_length, whose default is 256")]
    public void A_default_that_does_not_fit_is_named_with_the_line_of_what_it_does_not_fit(
        string stage, string line, string problem, string missing)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "stage.yaml",
            $"stage: {stage}\nseed: 1\n{line}\nmodel: {{path: m}}\nbatch_size: 4\noptimizer: {{learning_rate: 1}}\ndata: []\n");

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>()
            .WithMessage($"{path}:3: in the file: {problem}; the file does not say {missing}.");
    }

    [Fact]
    public void All_old_keys_of_a_file_are_named_at_once()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("stage.yaml", "stage: sft\nlearnt: assistant\nmaximum_length: 12\n");

        FluentActions.Invoking(() => StageRegistry.Default().Read(path)).Should().Throw<ReproException>()
            .WithMessage($"{path}:2: unknown key 'learnt' in the file: *: learnt is loss_on, maximum_length is max_length.");
    }

    private static string Text(string stage) =>
        SettingsTemplate.Write(
            stage, new SettingsReference().Of(StageRegistry.Default().Stages.Single(known => known.Name == stage).ConfigType));

    private static IReadOnlyDictionary<string, string> Read(TemporaryFolder folder, string text) =>
        ConfigWriter.Flatten(StageRegistry.Default().Read(folder.Write("init.yaml", text)).Config);

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Words();

    // A key in a comment, one blank after the sign; those that stand below a null have three.
    [GeneratedRegex("^( *)# ([a-z0-9_]+:(?: (?!#)[^\n]*)?)$", RegexOptions.Multiline)]
    private static partial Regex DefaultLine();
}

using System.Globalization;
using System.Reflection;
using System.Text;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training.Registry;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Configuration;

/// <summary>
/// Every number that a file of a stage can say has a range, and the file is refused where it says another. Found by reflection: a new key
/// is tried without anybody writing a test for it.
/// </summary>
public sealed class NumberRangeTests
{
    /// <summary>Keys that take any number, with the reason.</summary>
    private static readonly Dictionary<string, string> Unbounded = new(StringComparer.Ordinal)
    {
        ["seed"] = "every whole number is a seed",
        ["data.0.split.seed"] = "every whole number is a seed",
        ["augmentation.split.seed"] = "every whole number is a seed",
        ["balance.seed"] = "every whole number is a seed",
        ["reward.right"] = "a reward may have any sign",
        ["reward.wrong"] = "a reward may have any sign",
        ["least_score"] = "scores of reward models may have any sign",
        ["adaptive.tokens.value"] = "a baseline of log-ratios or scores may have any sign",
    };

    public static TheoryData<string> Stages => [.. StageRegistry.Default().Names];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Every_number_has_a_range_or_a_reason(string stage)
    {
        var without = SettingsFile.Of(stage).SelectMany(file => file.Numbers).Where(number => number.Range is null)
            .Select(number => number.Path).Distinct();

        without.Where(path => !Unbounded.ContainsKey(path)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Numbers_outside_their_range_are_refused_with_file_line_and_key(string stage)
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, number, range) in Ranged(stage))
        {
            foreach (var text in number.Outside(range))
            {
                var (path, line) = file.Write(folder, number.Path, text);
                var reading = () => StageRegistry.Default().Read(path);

                reading.Should().Throw<ReproException>("{0}: {1}", number.Path, text)
                    .WithMessage(
                        Invariant($"{path}:{line}: key '{number.Path}' must be *, found '{text}'*"), "{0}: {1}", number.Path, text);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Numbers_inside_their_range_are_taken(string stage)
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, number, range) in Ranged(stage))
        {
            foreach (var text in number.Inside(range))
            {
                var (path, _) = file.Write(folder, number.Path, text);
                try
                {
                    StageRegistry.Default().Read(path);
                }
                catch (ReproException problem) when (
                    !problem.Message.Contains($"key '{number.Path}' must be", StringComparison.Ordinal)
                        && problem.Message.Contains(": in ", StringComparison.Ordinal))
                {
                    // Two numbers do not fit together; each by itself is one that may be said.
                }
            }
        }
    }

    [Fact]
    public void An_override_out_of_range_is_named_by_its_option()
    {
        using var folder = new TemporaryFolder();
        var (path, _) = SettingsFile.Of("sft")[0].Write(folder, "seed", "1");
        var reading = () => StageRegistry.Default().Read(path, new ConfigReader(["run.maximum_steps=-1"]));

        reading.Should().Throw<ReproException>()
            .WithMessage(
                "--set run.maximum_steps=-1: key 'run.maximum_steps' must be at least 1, found '-1'; leave the key out for no limit.");
    }

    [Theory]
    [InlineData(
        "rm-preference", "max_length=10",
        "--set max_length=10: in the file: a text of max_length 10 cannot leave min_prompt_length 256 tokens for the prompt; "
            + "the file does not say min_prompt_length, whose default is 256.")]
    [InlineData(
        "online-dpo", "policy_samples=0",
        "--set policy_samples=0: in the file: policy_samples and reference_samples are 0 and 1; a pair needs two responses together; "
            + "the file does not say reference_samples, whose default is 1.")]
    [InlineData(
        "rm-absolute", "loss={kind: logistic, range_penalty: 1}",
        "--set loss={kind: logistic, range_penalty: 1}: in 'loss': loss.range_penalty has no meaning for logistic*")]
    [InlineData(
        "dpo", "loss={kind: hinge, simpo_gamma: 1}",
        "--set loss={kind: hinge, simpo_gamma: 1}: in 'loss': loss.simpo_gamma has no part in hinge; leave it out.")]
    [InlineData(
        "dpo", "loss.label_smoothing=0.7",
        "--set loss.label_smoothing=0.7: in 'loss': loss.label_smoothing must be from 0 to 0.5 for sigmoid, was 0.7.")]
    [InlineData(
        "dpo", "adaptive={tokens: {momentum: 0.5}}",
        "--set adaptive={tokens: {momentum: 0.5}}: in 'adaptive.tokens': adaptive.tokens.momentum belongs to threshold: running-mean*")]
    [InlineData(
        "dpo", "adaptive.tokens.rewards=td-error",
        "--set adaptive.tokens.rewards=td-error: in 'adaptive': adaptive.tokens.rewards must be log-ratio or reward-model*")]
    [InlineData(
        "ppo", "kl.adaptive=false", "--set kl.adaptive=false: in 'kl': kl.target belongs to adaptive: true; leave it out.")]
    [InlineData(
        "online-dpo", "adaptive={tokens: {rewards: td-error}}",
        "--set adaptive={tokens: {rewards: td-error}}: in 'adaptive': adaptive.tokens.rewards must be log-ratio or reward-model*")]
    [InlineData(
        "ppo", "kl={adaptive: false, horizon: 100}",
        "--set kl={adaptive: false, horizon: 100}: in 'kl': kl.horizon belongs to adaptive: true; leave it out.")]
    [InlineData(
        "ppo", "kl={target: 3, adaptive: false}",
        "--set kl={target: 3, adaptive: false}: in 'kl': kl.target belongs to adaptive: true; leave it out.")]
    [InlineData(
        "rm-absolute", "balance={low: 0.9, high: 0.4}", "--set balance={low: 0.9, high: 0.4}: in 'balance': low scores end at 0.9*")]
    public void Numbers_that_do_not_fit_together_are_refused_when_they_are_read(string stage, string setting, string message)
    {
        using var folder = new TemporaryFolder();
        var own = stage switch
        {
            "online-dpo" => "max_new_tokens: 4\nreward: {kind: answer}\n",
            "ppo" => "max_new_tokens: 4\nreward: {kind: answer}\nkl: {target: 3}\n",
            "dpo" => "adaptive: {tokens: {delta: 0.1}}\n",
            "rm-absolute" => "loss: {kind: logistic}\n",
            _ => string.Empty,
        };
        var file = folder.Write(
            "stage.yaml",
            $"stage: {stage}\nseed: 1\nmodel: {{path: model}}\ndata: [{{format: hh, path: data}}]\nbatch_size: 8\n"
                + $"optimizer: {{learning_rate: 1}}\n{own}");

        FluentActions.Invoking(() => StageRegistry.Default().Read(file, new ConfigReader([setting])))
            .Should().Throw<ReproException>().WithMessage(message);
    }

    private static IEnumerable<(SettingsFile File, SettingsNumber Number, NumberRangeAttribute Range)> Ranged(string stage) =>
        from file in SettingsFile.Of(stage)
        from number in file.Numbers
        where number.Range is not null
        select (file, number, number.Range!);
}

/// <summary>One number of a settings file.</summary>
/// <param name="Path">Its keys joined with points.</param>
/// <param name="Whole">Whether it has no decimals.</param>
/// <param name="Range">What it takes.</param>
internal sealed record SettingsNumber(string Path, bool Whole, NumberRangeAttribute? Range)
{
    internal IEnumerable<string> Inside(NumberRangeAttribute range)
    {
        if (Whole)
        {
            return Texts([range.Minimum, range.Minimum + 1, double.IsFinite(range.Maximum) ? range.Maximum : int.MaxValue]);
        }

        double[] low = range.AboveMinimum ? [Math.BitIncrement(range.Minimum)] : [range.Minimum, Math.BitIncrement(range.Minimum)];
        double[] high = !double.IsFinite(range.Maximum) ? [double.MaxValue]
            : range.BelowMaximum ? [Math.BitDecrement(range.Maximum)]
            : [range.Maximum, Math.BitDecrement(range.Maximum)];
        return Texts([.. low, .. high]);
    }

    internal IEnumerable<string> Outside(NumberRangeAttribute range)
    {
        if (Whole)
        {
            return Texts(
                double.IsFinite(range.Maximum) ? [range.Minimum - 1, range.Maximum + 1, int.MinValue] : [range.Minimum - 1, int.MinValue]);
        }

        double[] low = range.AboveMinimum ? [range.Minimum, range.Minimum - 1] : [Math.BitDecrement(range.Minimum), range.Minimum - 1];
        double[] high = !double.IsFinite(range.Maximum) ? []
            : range.BelowMaximum ? [range.Maximum, range.Maximum + 1]
            : [Math.BitIncrement(range.Maximum), range.Maximum + 1];
        return [.. Texts([.. low, .. high]), ".inf", "NaN"];
    }

    private static IEnumerable<string> Texts(IEnumerable<double> numbers) =>
        numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)).Distinct();
}

/// <summary>A file that says every key of a stage, each on a line of its own, made from its records by reflection.</summary>
internal sealed class SettingsFile
{
    private readonly List<(string Path, string Before, string Value)> _lines = [];

    private SettingsFile(Type type, string stage, int variant)
    {
        Record(type, string.Empty, string.Empty, variant);
        _lines[_lines.FindIndex(line => line.Path == "stage")] = ("stage", "stage: ", stage);
    }

    internal List<SettingsNumber> Numbers { get; } = [];

    /// <summary>Files of a stage that have every form of its settings between them.</summary>
    internal static IReadOnlyList<SettingsFile> Of(string stage)
    {
        var type = StageRegistry.Default().Stages.Single(one => one.Name == stage).ConfigType;
        var files = new List<SettingsFile>();
        var variants = 1;
        for (var i = 0; i < variants; i++)
        {
            var file = new SettingsFile(type, stage, i);
            variants = Math.Max(variants, file.Variants);
            files.Add(file);
        }

        return files;
    }

    private int Variants { get; set; } = 1;

    /// <summary>Writes the file with another value for one key.</summary>
    /// <returns>The file and the line of the key, from 1.</returns>
    internal (string Path, int Line) Write(TemporaryFolder folder, string key, string value)
    {
        var text = new StringBuilder();
        var at = 0;
        foreach (var (line, number) in _lines.Select((line, i) => (line, i + 1)))
        {
            at = line.Path == key && line.Value.Length > 0 ? number : at;
            text.AppendLine(line.Before + (at == number ? value : line.Value));
        }

        return (folder.Write("stage.yaml", text.ToString()), at);
    }

    private void Record(Type type, string path, string indent, int variant)
    {
        var variants = ConfigShape.VariantsOf(type);
        if (variants.Count > 0)
        {
            Variants = Math.Max(Variants, variants.Count);
            var chosen = variants[variant % variants.Count];
            _lines.Add((path + ".kind", indent + "kind: ", chosen.Kind));
            type = chosen.Record;
        }

        foreach (var key in ConfigShape.For(type).Keys)
        {
            var name = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
            if (key.Property.GetCustomAttribute<ConfigPathAttribute>()?.OrNameOf is { } names)
            {
                _lines.Add((name, $"{indent}{key.Name}: ", ConfigScalars.Names(names).First()));
                continue;
            }

            Value(
                Nullable.GetUnderlyingType(key.Type) ?? key.Type, key.Property.GetCustomAttribute<NumberRangeAttribute>(), name,
                $"{indent}{key.Name}: ", indent, variant);
        }
    }

    private void Value(Type type, NumberRangeAttribute? range, string path, string before, string indent, int variant)
    {
        if (ConfigScalars.IsScalar(type))
        {
            var whole = type == typeof(int) || type == typeof(long);
            if (whole || type == typeof(double))
            {
                var number = new SettingsNumber(path, whole, range);
                Numbers.Add(number);
                _lines.Add((path, before, range is null ? "1" : number.Inside(range).Last()));
                return;
            }

            _lines.Add(
                (
                    path, before,
                    type == typeof(string) ? "text"
                        : type == typeof(bool) ? "true"
                        : ConfigScalars.Expected(type).Replace("one of ", string.Empty, StringComparison.Ordinal).Split(", ")[0]));
            return;
        }

        _lines.Add((path, before, string.Empty));
        if (ConfigCollections.ValueOfDictionary(type) is { } inner)
        {
            Value(inner, range, path + ".any", indent + "  any: ", indent + "  ", variant);
        }
        else if (ConfigCollections.ItemOfList(type) is { } item)
        {
            if (ConfigScalars.IsScalar(item))
            {
                Value(item, range, path + ".0", indent + "  - ", indent + "  ", variant);
                return;
            }

            _lines.Add((path, indent + "  -", string.Empty));
            Record(item, path + ".0", indent + "    ", variant);
        }
        else
        {
            Record(type, path, indent + "  ", variant);
        }
    }
}

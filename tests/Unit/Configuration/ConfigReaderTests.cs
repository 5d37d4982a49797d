using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training.Optimization;
using Repro.Tests.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Configuration;

public sealed class ConfigReaderTests
{
    private const string Full = """
        name: first
        rows: 4
        limit: null
        rate: 1.41e-5
        fresh: true
        kind: adamw
        dtype: bfloat16
        sizes: [3, 4, 5]
        weights: {good: 0.75, bad: -1}
        reward:
          kind: length
          target: 7
        rewards:
          - {kind: model, adapter: a, weight: 0.25}
          - kind: length
        pair: {low: 0.4}
        """;

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var settings = Parse(Full);

        settings.Should().BeEquivalentTo(
            new SampleSettings
            {
                Name = "first",
                Rows = 4,
                Limit = null,
                Rate = 1.41e-5,
                Fresh = true,
                Kind = OptimizerKind.AdamW,
                Dtype = ScalarType.BFloat16,
                Sizes = [3, 4, 5],
                Weights = new Dictionary<string, double> { ["good"] = 0.75, ["bad"] = -1 },
                Reward = new SampleLengthReward { Target = 7 },
                Rewards = [new SampleModelReward { Adapter = "a", Weight = 0.25 }, new SampleLengthReward()],
                Pair = new SamplePair(0.4),
            },
            options => options.RespectingRuntimeTypes());
    }

    [Fact]
    public void All_keys_that_are_missing_are_named() =>
        FluentActions.Invoking(() => new ConfigReader().Parse<TwoKeys>("third: 1", "file.yaml")).Should().Throw<ReproException>()
            .WithMessage(
                "file.yaml:1: keys are missing: 'first' must be a whole number; 'second' must be a text.");

    [Fact]
    public void What_is_not_said_has_its_default() => Parse("name: x").Should().BeEquivalentTo(new SampleSettings { Name = "x" });

    [Theory]
    [InlineData("name: x\nrowz: 3", "file.yaml:2: unknown key 'rowz' in the file; did you mean 'rows'?*known are name, rows*")]
    [InlineData("name: x\ncomputed: 3", "file.yaml:2: unknown key 'computed'*")]
    [InlineData(
        "nam: x\nrowz: 3\npair: {high: 2, lo: 1}\nfoo: 1",
        "file.yaml:1: unknown key 'nam' in the file; did you mean 'name'?; known are name, rows*, pair. "
            + "file.yaml:2: unknown key 'rowz' in the file; did you mean 'rows'? file.yaml:4: unknown key 'foo' in the file. "
            + "file.yaml:3: unknown key 'lo' in 'pair'; did you mean 'low'?; known are low, high.")]
    [InlineData("name: x\nlow: 3", "file.yaml:2: unknown key 'low' in the file; it belongs under 'pair'.")]
    [InlineData("name: x\nadapter: a",
        "file.yaml:2: unknown key 'adapter' in the file; it belongs under 'reward' or in an item of 'rewards'.")]
    [InlineData("name: x\npair: {low: 1, rows: 3}",
        "file.yaml:2: unknown key 'rows' in 'pair'; it belongs at the first level of the file.")]
    [InlineData("rows: 3", "file.yaml:1: key 'name' is missing; it must be a text.")]
    [InlineData("name: x\n\nrows: three", "file.yaml:3: key 'rows' must be a whole number, found 'three'.")]
    [InlineData("name: x\nrows: '3'", "file.yaml:2: key 'rows' must be a whole number, found the text \"3\".")]
    [InlineData("name: x\nrows: 3.5", "file.yaml:2: key 'rows' must be a whole number, found '3.5'.")]
    [InlineData("name: x\nrows: 99999999999", "file.yaml:2: key 'rows' must be a whole number, found '99999999999'.")]
    [InlineData("name: x\nrows:", "file.yaml:2: key 'rows' must be a whole number, found nothing.")]
    [InlineData("name: x\nrows: 0", "file.yaml:2: key 'rows' must be from 1 to 64, found '0'.")]
    [InlineData("name: x\nrate: [1]", "file.yaml:2: key 'rate' must be a number, found a list of 1.")]
    [InlineData("name: x\nrate: nan", "file.yaml:2: key 'rate' must be a number, found 'nan'.")]
    [InlineData("name: x\nfresh: yes", "file.yaml:2: key 'fresh' must be true or false, found 'yes'.")]
    [InlineData("name: x\nkind: AdamW", "file.yaml:2: key 'kind' must be one of adamw, adam, found 'AdamW'; did you mean 'adamw'?")]
    [InlineData("name: x\ndtype: int64", "file.yaml:2: key 'dtype' must be one of float16, float32, float64, bfloat16, found 'int64'.")]
    [InlineData("name: x\nsizes: [1, a]", "file.yaml:2: key 'sizes.1' must be a whole number, found 'a'.")]
    [InlineData("name: x\nsizes: 3", "file.yaml:2: key 'sizes' must be a list, each item a whole number, found '3'.")]
    [InlineData("name: x\nweights: [1]", "file.yaml:2: key 'weights' must be a mapping of names to values, found a list of 1.")]
    [InlineData("name: x\nweights: {a: b}", "file.yaml:2: key 'weights.a' must be a number, found 'b'.")]
    [InlineData(
        "pair: {high: 2}",
        "file.yaml:1: key 'name' is missing; it must be a text. file.yaml:1: key 'pair.low' is missing; it must be a number.")]
    [InlineData("name: x\npair: {high: 2}", "file.yaml:2: key 'pair.low' is missing; it must be a number.")]
    [InlineData("name: x\npair: 3", "file.yaml:2: key 'pair' must be a mapping with the keys low, high, found '3'.")]
    [InlineData("name: {a: b}", "file.yaml:1: key 'name' must be a text, found a mapping with 'a'.")]
    [InlineData("name:", "file.yaml:1: key 'name' must be a text, found nothing.")]
    [InlineData("name: x\nname: y", "file.yaml:2: not valid YAML:*name*")]
    [InlineData("name: x\nsizes: [1", "file.yaml:*not valid YAML*")]
    [InlineData("name: 'x", "file.yaml:1: not valid YAML*")]
    [InlineData("- 1", "file.yaml:1: expected keys with values (a YAML mapping).")]
    [InlineData("name: x\nsizes:\n\t- 1", "file.yaml:3: not valid YAML: the line is indented with a tab; spaces were expected.")]
    [InlineData("", "file.yaml: expected one YAML document, found 0.")]
    [InlineData("name: x\n---\nname: y", "file.yaml: expected one YAML document, found 2.")]
    public void A_fault_names_line_key_and_expectation(string text, string message) =>
        FluentActions.Invoking(() => Parse(text)).Should().Throw<ReproException>().WithMessage(message);

    [Theory]
    [InlineData("reward: {kind: model, adapter: a, target: 3}", "file.yaml:2: unknown key 'target' in 'reward' of this kind; "
        + "*known are weight, adapter.")]
    [InlineData("reward: {kind: length, adapter: a}", "file.yaml:2: "
        + "unknown key 'adapter' in 'reward' of this kind*known are weight, target.")]
    [InlineData("reward: {adapter: a}", "file.yaml:2: key 'reward.kind' is missing; it must be one of model, length.")]
    [InlineData("reward: {kind: lenght}", "file.yaml:2: key 'reward.kind' must be one of model, length, "
        + "found 'lenght'; did you mean 'length'?")]
    [InlineData("reward: {kind: model}", "file.yaml:2: key 'reward.adapter' is missing; it must be a text.")]
    [InlineData("rewards: [3]", "file.yaml:2: key 'rewards.0' must be a mapping with 'kind' (model, length), found '3'.")]
    public void A_key_that_the_chosen_form_does_not_use_is_an_error(string text, string message) =>
        FluentActions.Invoking(() => Parse("name: x\n" + text)).Should().Throw<ReproException>().WithMessage(message);

    [Fact]
    public void An_override_goes_over_the_file_and_names_itself_in_faults()
    {
        var reader = new ConfigReader(["rows=2", "sizes.1=40", "reward.kind=model", "reward.adapter=b", "weights={a: 1}", "limit="]);
        var settings = reader.Parse<SampleSettings>("name: x\nsizes: [3, 4]\nlimit: 3", "file.yaml");

        settings.Should().BeEquivalentTo(
            new SampleSettings
            {
                Name = "x",
                Rows = 2,
                Sizes = [3, 40],
                Limit = null,
                Reward = new SampleModelReward { Adapter = "b" },
                Weights = new Dictionary<string, double> { ["a"] = 1 },
            },
            options => options.RespectingRuntimeTypes());
        Fault("rowz=3").Should().Be(
            "--set rowz=3: unknown key 'rowz' in the file; did you mean 'rows'?; known are name, rows, limit, rate, fresh, kind, dtype, "
                + "folder, files, sizes, weights, reward, rewards, pair.");
        Fault("rows=a").Should().Be("--set rows=a: key 'rows' must be a whole number, found 'a'.");
        Fault("rows.a=3").Should().Be("--set rows.a=3: 'rows' is '8', which has no key 'a'.");
        Fault("rows").Should().Be("--set rows: expected key=value, such as optimizer.learning_rate=1e-5.");
        Fault("sizes.7=3").Should().Be("--set sizes.7=3: 'sizes' has 2 items, so '7' must be a number below that.");

        static string Fault(string setting) =>
            FluentActions.Invoking(() => new ConfigReader([setting]).Parse<SampleSettings>("name: x\nrows: 8\nsizes: [1, 2]", "file.yaml"))
                .Should().Throw<ReproException>().Which.Message;
    }

    [Fact]
    public void Variables_are_put_in_and_an_unset_one_is_an_error()
    {
        var reader = new ConfigReader(variables: new Dictionary<string, string> { ["MODEL"] = "llama", ["WEIGHT"] = "0.25" });

        var settings = reader.Parse<SampleSettings>("name: a-${MODEL}-$${MODEL}\nrate: ${WEIGHT}\nrows: ${ROWS:-16}", "file.yaml");

        settings.Should().BeEquivalentTo(new SampleSettings { Name = "a-llama-${MODEL}", Rate = 0.25, Rows = 16 });
        FluentActions.Invoking(() => reader.Parse<SampleSettings>("name: x\n\nrate: ${WAIT}", "file.yaml")).Should().Throw<ReproException>()
            .WithMessage("file.yaml:3: variable WAIT is not set.");
        FluentActions.Invoking(() => reader.Parse<SampleSettings>("name: ${WAIT", "file.yaml")).Should().Throw<ReproException>()
            .WithMessage("file.yaml:1: '${' without '}'*");
    }

    /// <summary>Who sets the variable would only then learn of the key, one run later.</summary>
    [Fact]
    public void A_variable_that_is_not_set_hides_no_misspelt_key()
    {
        var reader = new ConfigReader(variables: new Dictionary<string, string>());
        FluentActions.Invoking(() => reader.Parse<SampleSettings>("name: ${MODEL}\nrows: ${ROWS}\nrat: 1", "file.yaml"))
            .Should().Throw<ReproException>().WithMessage(
                "file.yaml:1: variable MODEL is not set. file.yaml:2: variable ROWS is not set. "
                + "file.yaml:3: unknown key 'rat' in the file; did you mean 'rate'?*");
    }

    [Fact]
    public void A_variable_whose_place_an_override_takes_may_be_unset() =>
        new ConfigReader(["name=x"], new Dictionary<string, string>()).Parse<SampleSettings>("name: ${MODEL}\nrows: 8", "file.yaml")
            .Should().BeEquivalentTo(new SampleSettings { Name = "x", Rows = 8 });

    [Fact]
    public void Relative_paths_start_at_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("configs/run.yaml", "name: plain\nfolder: ../models/a\nfiles: [b.jsonl, /c.jsonl]");

        var settings = new ConfigReader().Read<SampleSettings>(file);

        settings.Folder.Should().Be(Path.Combine(folder.Path, "models", "a"));
        settings.Files.Should().Equal(Path.Combine(folder.Path, "configs", "b.jsonl"), "/c.jsonl");
        settings.Name.Should().Be("plain");
        new ConfigReader(["folder=here"]).Read<SampleSettings>(file).Folder.Should().Be(Path.Combine(Environment.CurrentDirectory, "here"));
        FluentActions.Invoking(() => new ConfigReader().Read<SampleSettings>(folder.Path + "/none.yaml")).Should().Throw<ReproException>()
            .WithMessage("*none.yaml: cannot be read*");
    }

    [Fact]
    public void Aliases_that_grow_exponentially_are_refused()
    {
        var lines = Enumerable.Range(1, 8)
            .Select(i => Invariant($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat(Invariant($"*a{i - 1}"), 10))}]"));
        var text = $"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{string.Join('\n', lines)}";

        FluentActions.Invoking(() => Parse(text)).Should().Throw<ReproException>().WithMessage("*more than 100000 values*");
    }

    [Fact]
    public void A_folder_is_no_file() =>
        new ConfigReader().Invoking(reader => reader.Read<SampleSettings>(Path.GetTempPath())).Should().Throw<ReproException>()
            .WithMessage("*is a folder; a YAML file was expected.");

    private static SampleSettings Parse(string text) => new ConfigReader().Parse<SampleSettings>(text, "file.yaml");

    private sealed record TwoKeys
    {
        public required int First { get; init; }

        public required string Second { get; init; }

        public int Third { get; init; }
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Repro.Core.Configuration;
using Repro.Core.Training;
using Repro.Core.Training.Registry;
using Repro.Experiments.Claims;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Repro.Tests.Golden;

/// <summary>docs/settings.md and docs/settings.schema.json are written from the settings records, and the schema takes and refuses what the
/// reader does.</summary>
public sealed class SettingsReferenceTests
{
    private const string Minimal =
        "stage: sft\nseed: 1\nmodel: {path: m}\noptimizer: {learning_rate: 1e-5}\ndata: [{format: text, path: d}]\n";

    private static readonly IReadOnlyList<(string Stage, IReadOnlyList<SettingEntry> Settings)> Stages =
        [.. StageRegistry.Default().Stages.Select(stage => (stage.Name, new SettingsReference().Of(stage.ConfigType)))];

    private static readonly string Schema = SettingsSchema.Build(Stages).ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    [Fact]
    public Task The_reference_of_settings_is_what_the_records_say() => CommittedDocument.VerifyAsync("docs/settings.md", Page());

    [Fact]
    public Task The_schema_is_what_the_records_say() => CommittedDocument.VerifyAsync("docs/settings.schema.json", Schema + "\n");

    [Fact]
    public void Every_setting_has_a_summary()
    {
        Rows().Where(row => row.Setting.Summary.Length == 0).Select(row => row.Key).Should().BeEmpty();
    }

    [Fact]
    public void The_schema_takes_every_file_of_the_repository()
    {
        var schema = JsonSchema.FromText(Schema);
        var folder = Path.Combine(RepositoryRoot.Find(), "configs");
        var files = Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories)
            .Where(file => File.ReadLines(file).Any(line => line.StartsWith("stage:", StringComparison.Ordinal))).ToList();
        files.Should().HaveCountGreaterThan(20);
        files.Where(file => !Holds(schema, Json(File.ReadAllText(file)))).Should().BeEmpty();
    }

    [Theory]
    [InlineData("batch_size: 0")]
    [InlineData("batch_size: many")]
    [InlineData("no_such_key: 1")]
    [InlineData("schedule: {kind: no_such_schedule}")]
    [InlineData("template: [chatml]")]
    public void The_schema_refuses_what_the_reader_refuses(string line)
    {
        var schema = JsonSchema.FromText(Schema);
        Holds(schema, Json(Minimal + "batch_size: 1")).Should().BeTrue();
        var file = Minimal + (line.StartsWith("batch_size", StringComparison.Ordinal) ? line : "batch_size: 1\n" + line);
        Holds(schema, Json(file)).Should().BeFalse();
    }

    [Theory]
    [InlineData("chatml")]
    [InlineData("templates/own.jinja")]
    public void The_schema_takes_the_name_of_a_template_or_a_file(string template) =>
        Holds(JsonSchema.FromText(Schema), Json(Minimal + $"batch_size: 1\ntemplate: {template}")).Should().BeTrue();

    private static bool Holds(JsonSchema schema, JsonNode? file) => schema.Evaluate(JsonSerializer.SerializeToElement(file)).IsValid;

    private static JsonNode? Json(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Json(stream.Documents[0].RootNode);
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(
            map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Json(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value ?? string.Empty),
        YamlScalarNode quoted => quoted.Value,
        _ => throw new InvalidOperationException("No alias is expected."),
    };

    private static JsonNode? Plain(string text) =>
        text is "null" or "" ? null
        : text is "true" or "false" ? text == "true"
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : text;

    // Equal settings of several stages share a row.
    private static string Page()
    {
        var text = new StringBuilder(
            "# Settings of all stages\n\nWritten from the settings records by a test of `tests/Golden`. "
            + "`repro init STAGE` writes a commented file of one stage; "
            + "[settings.schema.json](settings.schema.json) tells an editor the same.\n"
            + "A default in bold is none: the setting is required. `kind=` names the form that a setting belongs to.\n\n"
            + "| key | value | default | stages | what it does |\n| --- | --- | --- | --- | --- |\n");
        var same = Rows().GroupBy(row => (row.Key, row.Setting.Type, row.Setting.Default, row.Setting.Range, row.Setting.Summary));
        foreach (var group in same)
        {
            var (key, type, standard, range, summary) = group.Key;
            var stages = group.Select(row => row.Stage).Distinct(StringComparer.Ordinal).ToList();
            text.Append(CultureInfo.InvariantCulture, $"| `{key}` | {type}{(range is null ? string.Empty : $", {range}")} | ")
                .Append(standard is null ? "**required** | " : $"`{standard}` | ")
                .Append(stages.Count == Stages.Count ? "all" : string.Join(", ", stages))
                .Append(CultureInfo.InvariantCulture, $" | {summary.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Stage, string Key, SettingEntry Setting)> Rows() =>
        Stages.SelectMany(stage => Rows(stage.Stage, string.Empty, stage.Settings))
            .OrderBy(row => row.Key.Contains('.', StringComparison.Ordinal)).ThenBy(row => row.Key, StringComparer.Ordinal);

    private static IEnumerable<(string Stage, string Key, SettingEntry Setting)> Rows(
        string stage, string path, IReadOnlyList<SettingEntry> settings) =>
        settings.SelectMany(setting => setting.Forms
            .SelectMany(form => Rows(stage, $"{path}{setting.Name}{Kind(form.Kind)}.", form.Settings))
            .Prepend((stage, path + setting.Name, setting)));

    private static string Kind(string kind) => kind.Length == 0 ? string.Empty : $"(kind={kind})";
}

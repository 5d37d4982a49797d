using System.Text.RegularExpressions;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

/// <summary>docs/data.md: its examples are read by the readers, and no format is missing.</summary>
public sealed partial class DataPageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats => new(Examples().Select(example => example.Format));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_format_has_an_example() =>
        Examples().Select(example => example.Format).Should().BeEquivalentTo(DataFormats.All.Select(format => format.Name));

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_example_is_read_as_everything_that_the_page_says(string name)
    {
        var example = Examples().Single(example => example.Format == name);
        var path = _folder.Write($"{name}.{example.Ending}", example.Text);
        var format = DataFormats.Find(name);
        example.Kinds.Should().Equal(format.Kinds);
        var settings = new DatasetSettings { Path = path, Format = name == "koala" ? name : null };
        DataFormats.Detect(settings).Format.Name.Should().Be(name, "it is found from the rows");
        foreach (var kind in format.Kinds)
        {
            DataFormatsTests.Read(kind, settings).Should().HaveCount(Expected(name, kind), "of {0}", kind);
        }

        format.UnusedColumns(new ReadRequest(path, settings, new ReadNotes())).Should().BeSubsetOf(["category", "SOURCE"]);
    }

    // Two rows give two records, but for two replies to one prompt, and two replies in each row.
    private static int Expected(string format, string kind) => (format, kind) switch
    {
        ("helpsteer", "preferences" or "prompts") => 1,
        ("hh" or "preference", "unpaired preferences") => 4,
        ("ultrafeedback" or "oasst", "ratings") => 4,
        _ => 2,
    };

    /// <summary>The settings at the head of the page fit the settings record.</summary>
    [Fact]
    public void The_settings_of_the_page_are_read()
    {
        var yaml = Yaml().Match(Page()).Groups[1].Value;
        var config = new ConfigReader().Parse<DataList>(yaml, "docs/data.md");
        config.Data.Should().HaveCount(3);
        config.Data[2].Columns.Should().Equal(new Dictionary<string, string> { ["question"] = "prompt", ["best_answer"] = "completion" });
    }

    private static List<Example> Examples() => [.. Section().Matches(Page()).Select(match => new Example(
        match.Groups["name"].Value,
        [.. Words().Replace(match.Groups["kinds"].Value, string.Empty).Split(", ")],
        match.Groups["ending"].Value,
        match.Groups["text"].Value))];

    private static string Page() => File.ReadAllText(Path.Combine(DataFolder.Repository, "docs", "data.md")).ReplaceLineEndings("\n");

    [GeneratedRegex(@"^### (?<name>\S+)\n\nRead as (?<kinds>[^.]+)\.[^\n]*\n\n```(?<ending>\S+)\n(?<text>.*?)```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@" \([^)]*\)")]
    private static partial Regex Words();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();

    private sealed record Example(string Format, IReadOnlyList<string> Kinds, string Ending, string Text);

    private sealed record DataList
    {
        public required IReadOnlyList<DatasetSettings> Data { get; init; }
    }
}

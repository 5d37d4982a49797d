using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>The walks of ARCHITECTURE.md name files that are there, and the files between a YAML file and the DPO loss are as many as
/// it says.</summary>
public sealed partial class ArchitectureDocumentTests
{
    private static readonly string[] Trees = ["src", "tests"];

    private static readonly string _root = RepositoryRoot.Find();

    private static readonly string _document = File.ReadAllText(Path.Combine(_root, "ARCHITECTURE.md"));

    private static readonly string[] _files =
    [
        .. Trees.SelectMany(tree => Directory.EnumerateFiles(Path.Combine(_root, tree), "*.cs", SearchOption.AllDirectories))
            .Select(file => '/' + Path.GetRelativePath(_root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Every_file_that_it_names_is_there_once()
    {
        var named = FileName().Matches(_document).Select(match => match.Groups["path"].Value).Distinct().ToList();
        named.Should().HaveCountGreaterThan(50);
        named.Where(path => _files.Count(file => file.EndsWith('/' + path, StringComparison.Ordinal)) != 1).Should().BeEmpty();
    }

    [Fact]
    public void The_way_from_a_file_of_settings_to_the_dpo_loss_has_as_many_files_as_it_says()
    {
        var way = Way().Match(_document);
        var names = way.Groups["names"].Value.Split(',').Select(name => name.Trim(' ', '\n', '`')).ToList();
        names.Should().HaveCount(int.Parse(way.Groups["count"].Value, CultureInfo.InvariantCulture)).And.HaveCountLessThanOrEqualTo(14);
        names.Where(name => _files.Count(file => file.EndsWith($"/{name}.cs", StringComparison.Ordinal)) != 1).Should().BeEmpty();
    }

    [GeneratedRegex(@"`(?<path>[A-Za-z0-9/]+\.cs)`")]
    private static partial Regex FileName();

    [GeneratedRegex(@"goes through (?<count>\d+) files: (?<names>[^.]+)\.")]
    private static partial Regex Way();
}

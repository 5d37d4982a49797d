using System.Reflection;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>
/// Lines of code have at most 140 columns. Trees that were written before the rule may keep as many longer ones as they had:
/// the numbers here may only fall.
/// </summary>
public sealed class LineLengthTests
{
    private const int Columns = 140;

    private static readonly string[] NotSources = ["bin", "obj", "out", "node_modules", "runs", "StrykerOutput"];

    [Theory]
    [InlineData("src/Repro.Core", 0)]
    [InlineData("src/Repro.Experiments", 0)]
    [InlineData("tests/Unit", 0)]
    [InlineData("tests/Property", 0)]
    [InlineData("tests/Golden", 0)]
    [InlineData("tests/Report", 0)]
    [InlineData("tests/Shared", 0)]
    [InlineData("bench", 0)]
    [InlineData("build", 0)]
    [InlineData("compat", 0)]
    [InlineData("samples", 0)]
    public void Lines_over_140_columns_become_fewer_only(string tree, int most)
    {
        var longer = Sources(tree)
            .SelectMany(file => File.ReadLines(file).Select((line, index) => (Place: Invariant($"{file}:{index + 1}"), line.Length)))
            .Where(line => line.Length > Columns).ToList();
        var longest = longer.OrderByDescending(line => line.Length).FirstOrDefault().Place;
        longer.Count.Should().BeLessThanOrEqualTo(most, "new lines are wrapped; the longest is {0}", longest);
    }

    [Fact]
    public void Every_tree_of_sources_has_a_number()
    {
        var test = typeof(LineLengthTests).GetMethod(nameof(Lines_over_140_columns_become_fewer_only))!;
        var trees = test.GetCustomAttributes<InlineDataAttribute>().Select(data => (string)data.GetData(test).Single()[0]).ToList();
        Sources(".").Select(file => Path.GetRelativePath(RepositoryRoot.Find(), file).Replace('\\', '/'))
            .Where(file => !trees.Exists(tree => file.StartsWith(tree + '/', StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> Sources(string tree) =>
        Directory.EnumerateFiles(Path.GetFullPath(Path.Combine(RepositoryRoot.Find(), tree)), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file[RepositoryRoot.Find().Length..].Split(Path.DirectorySeparatorChar).Intersect(NotSources).Any());
}

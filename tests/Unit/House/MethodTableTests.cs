using System.Text.RegularExpressions;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.House;

/// <summary>The table of methods in README.md names types that are there, in the files that declare them.</summary>
public sealed class MethodTableTests
{
    private static readonly string Root = RepositoryRoot.Find();

    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md")).ReplaceLineEndings("\n");

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (Match row in Regex.Matches(Readme, @"^\| ([^|]+) \| `(\w+)` \| `([^`]+\.cs)` \| [^|]+ \|$", RegexOptions.Multiline))
            {
                rows.Add(row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_file_of_a_method_declares_its_type(string method, string type, string file)
    {
        typeof(ITrainer).Assembly.GetTypes().Where(found => found is { IsPublic: true, DeclaringType: null } && NameOf(found) == type)
            .Should().ContainSingle("README.md names {0} for {1}; where it was renamed, name the new type there", type, method);
        var declared = new Regex($@"^public [a-z ]*\b(class|record|struct|interface|enum) {type}\b", RegexOptions.Multiline);
        var files = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => declared.IsMatch(File.ReadAllText(path).ReplaceLineEndings("\n")))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'));
        files.Should().Equal([file], "{0} is declared there; where it moved, name the new path in the table of methods of README.md", type);
    }

    [Fact]
    public void Every_path_that_the_readme_names_is_there() =>
        Regex.Matches(Readme, "`((?:src|tests|build|configs|fixtures|docs|bench|samples)/[^` ]*)`")
            .Select(match => match.Groups[1].Value).Distinct()
            .Where(path => !Path.Exists(Path.Combine(Root, path))).Should().BeEmpty();

    [Fact]
    public void Every_trainer_has_a_row()
    {
        var named = Rows.Select(row => (string)row[1]).ToHashSet();
        typeof(ITrainer).Assembly.GetTypes()
            .Where(type => type is { IsPublic: true, IsAbstract: false } && type.IsAssignableTo(typeof(ITrainer)))
            .Select(NameOf).Except(named)
            .Should().BeEmpty("the table of methods in README.md names every trainer");
    }

    [Fact]
    public void Every_loss_of_DPO_is_named_and_no_other()
    {
        var text = Regex.Match(Readme, "<!-- loss kinds -->(.*?)<!-- /loss kinds -->", RegexOptions.Singleline).Groups[1].Value;
        Regex.Matches(text, "`([^`]+)`").Select(match => match.Groups[1].Value)
            .Should().BeEquivalentTo(Enum.GetNames<DpoLossKind>(), "README.md lists the losses of DpoLossKind");
    }

    // A generic type without its number of parameters.
    private static string NameOf(Type type) => type.Name.Split('`')[0];
}

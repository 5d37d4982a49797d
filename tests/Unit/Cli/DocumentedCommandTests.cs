using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;

namespace Repro.Tests.Unit.Cli;

/// <summary>Every command that a document shows can be asked for: verbs and options are there, claims and files too.</summary>
public sealed partial class DocumentedCommandTests
{
    private static readonly string _root = RepositoryRoot.Find();

    private static readonly string[] Documents =
    [
        .. Directory.GetFiles(_root, "*.md"), .. Directory.GetFiles(Path.Combine(_root, "docs"), "*.md"),
        .. Directory.GetFiles(Path.Combine(_root, "samples"), "*.md"),
            .. Directory.GetFiles(Path.Combine(_root, "build", "packages"), "*.md"),
    ];

    [Fact]
    public void Every_command_of_the_program_is_parsed()
    {
        var commands = Commands().Select(command => (command.Place, Arguments: Program(command.Line)))
            .Where(command => command.Arguments is not null).ToList();
        commands.Should().HaveCountGreaterThan(80, "errata.json alone has a command for each entry and remark");
        var wrong = from command in commands
                    from problem in Problems(command.Arguments!)
                    select $"{command.Place}: {string.Join(' ', command.Arguments!)}: {problem}";
        wrong.Should().BeEmpty();
    }

    [Theory]
    [InlineData("repro verify --klaim CRS-T16", "--klaim")]
    [InlineData("repro verfy", "verfy")]
    [InlineData("repro generate --model m --prompt p --top-k 0", "--top-k")]
    [InlineData("repro verify --claim CRS-T166", "CRS-T166")]
    [InlineData("repro verify --cause table-21-miror", "table-21-miror")]
    [InlineData("dotnet run --project src/Repro.Experiments -- train configs/none.yaml", "configs/none.yaml")]
    public void A_command_that_does_not_exist_is_found(string line, string problem) =>
        Problems(Program(line)!).Should().Contain(found => found.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Every_target_and_variable_of_make_is_there()
    {
        var makefile = File.ReadAllText(Path.Combine(_root, "Makefile"));
        var targets = Target().Matches(makefile).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var scripts = makefile + string.Concat(Directory.GetFiles(Path.Combine(_root, "build"), "*.sh").Select(File.ReadAllText))
            + string.Concat(Directory.GetFiles(Path.Combine(_root, "configs"), "*.yaml", SearchOption.AllDirectories)
                .Select(File.ReadAllText));
        var commands = Commands().Where(command => command.Line.StartsWith("make ", StringComparison.Ordinal)).ToList();
        commands.Should().HaveCountGreaterThan(15);
        var words = commands.SelectMany(command => Words(command.Line).Skip(1).Select(word => (command.Place, Word: word)));
        words.Where(word => word.Word.Contains('=', StringComparison.Ordinal)
                ? !scripts.Contains(word.Word[..word.Word.IndexOf('=', StringComparison.Ordinal)], StringComparison.Ordinal)
                : !targets.Contains(word.Word))
            .Should().BeEmpty();
    }

    [Fact]
    public void Every_project_that_is_run_or_tested_is_there()
    {
        var projects = Commands().Select(command => (command.Place, Path: Project().Match(command.Line).Groups[1].Value))
            .Where(found => found.Path.Length > 0).ToList();
        projects.Should().HaveCountGreaterThan(10);
        projects.Where(found => !Directory.Exists(Path.Combine(_root, found.Path))).Should().BeEmpty();
    }

    // Lines of blocks, and code within a line.
    private static IEnumerable<(string Place, string Line)> Commands()
    {
        using var errata = JsonDocument.Parse(File.ReadAllText(Path.Combine(_root, "errata.json")));
        foreach (var entry in errata.RootElement.EnumerateObject().SelectMany(list => list.Value.EnumerateArray()))
        {
            yield return ("errata.json", entry.GetProperty("command").GetString()!);
        }

        foreach (var document in Documents)
        {
            var (isBlock, number) = (false, 0);
            foreach (var line in File.ReadLines(document))
            {
                number++;
                var place = Invariant($"{Path.GetFileName(document)}:{number}");
                if (line.StartsWith("```", StringComparison.Ordinal))
                {
                    isBlock = !isBlock;
                }
                else
                {
                    foreach (var code in isBlock ? [line.Trim()] : Code().Matches(line).Select(match => match.Groups[1].Value))
                    {
                        yield return (place, code);
                    }
                }
            }
        }
    }

    // What the program is given; null for other commands, and for a verb that is only named.
    private static string[]? Program(string line)
    {
        var words = Words(line);
        var start = words is ["repro", _, ..] ? 1 : words is ["dotnet", "run", ..]
            && line.Contains("src/Repro.Experiments --", StringComparison.Ordinal)
            ? words.IndexOf("--") + 1 : -1;
        return start < 0 || words.Contains("STAGE") || words.Contains("FOLDER...") ? null : [.. words[start..]];
    }

    private static IEnumerable<string> Problems(string[] arguments)
    {
        var parsed = CommandLine.Root().Parse(arguments);
        foreach (var error in parsed.Errors)
        {
            yield return error.Message;
        }

        foreach (var file in arguments.Where(word => word.StartsWith("configs/", StringComparison.Ordinal)
            && !File.Exists(Path.Combine(_root, word))))
        {
            yield return $"{file} is not there";
        }

        var catalog = new Lazy<ClaimCatalog>(() => ClaimCatalog.Load(Path.Combine(_root, "fixtures", "claims")));
        var patterns = arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == "--claim").SelectMany(pair => pair.Second.Split(','));
        foreach (var pattern in patterns.Where(pattern => !catalog.Value.Claims.Any(claim => ClaimFilter.Matches(claim.Id, pattern))))
        {
            yield return $"no claim matches {pattern}";
        }

        // NAME stands for any cause.
        var causes = arguments.Zip(arguments.Skip(1)).Where(pair => pair.First == "--cause").Select(pair => pair.Second);
        foreach (var cause in causes.Where(name => name != "NAME" && !catalog.Value.Claims.Any(claim => claim.Cause == name)))
        {
            yield return $"no claim has the cause {cause}";
        }
    }

    // As a shell reads them: quotes keep blanks, # begins a comment.
    private static List<string> Words(string line)
    {
        var (words, word, quote) = (new List<string>(), new StringBuilder(), '\0');
        foreach (var c in line + " ")
        {
            if (quote == '\0' && c == '#' && word.Length == 0)
            {
                break;
            }

            if (c == quote || (quote == '\0' && c is '"' or '\''))
            {
                quote = quote == '\0' ? c : '\0';
            }
            else if (quote == '\0' && c == ' ')
            {
                words.AddRange(word.Length > 0 ? [word.ToString()] : []);
                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }

        return words;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("^([a-z-]+):", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex("^dotnet (?:run|test)(?: -c \\w+)?(?: --project)? ((?:src|tests|bench|samples)/\\S+)")]
    private static partial Regex Project();
}

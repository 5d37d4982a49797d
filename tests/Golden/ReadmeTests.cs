using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Golden.Claims;
using Spectre.Console;

namespace Repro.Tests.Golden;

/// <summary>What the README shows is what the program prints.</summary>
public sealed class ReadmeTests
{
    private const string Begin = "<!-- excerpt -->";
    private const string End = "<!-- /excerpt -->";
    private const int Width = 118;

    private static readonly string[] Claims = ["CRS-T16-abs_vs_pref", "CRS-T16-sft-best", "CRS-ABS-63", "CRS-T17-tiebreak", "ADR-T1-DUP"];

    [Fact]
    public async Task The_excerpt_is_the_table_of_today()
    {
        var root = RepositoryRoot.Find();
        using var text = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(text),
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
            });
        console.Profile.Width = Width;
        console.Write(VerdictTable.Build([.. Claims.Select(id => TodaysResults.OnFacts.Of(id))]));
        var table = string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())).Trim();
        var readme = (await File.ReadAllTextAsync(Path.Combine(root, "README.md"))).ReplaceLineEndings("\n");
        var (from, to) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        await CommittedDocument.VerifyAsync("README.md", $"{readme[..from]}\n\n```\n{table}\n```\n\n{readme[to..]}");
    }
}

using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Spectre.Console;

namespace Repro.Tests.Unit.Cli;

/// <summary>Choosing claims, and how they are shown in a terminal of any width and in a pipe.</summary>
public sealed class ClaimListTests
{
    private static readonly ClaimCatalog _catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));

    [Theory]
    [InlineData("T16", "CRS-T16-abs_vs_pref", true)]
    [InlineData("t16", "CRS-T16-abs_vs_pref", true)]
    [InlineData("CRS-T16", "CRS-T16-abs_vs_pref", true)]
    [InlineData("CRS", "CRS-T16-abs_vs_pref", true)]
    [InlineData("T1", "CRS-T16-abs_vs_pref", false)]
    [InlineData("T1?", "CRS-T16-abs_vs_pref", true)]
    [InlineData("CRS-T1?", "CRS-T16-abs_vs_pref", true)]
    [InlineData("T?", "CRS-T16-abs_vs_pref", false)]
    [InlineData("T1*", "CRS-T16-abs_vs_pref", true)]
    [InlineData("*_vs_pref", "CRS-T16-abs_vs_pref", true)]
    [InlineData("T16-abs", "CRS-T16-abs_vs_pref", false)]
    [InlineData("ADR-T16", "CRS-T16-abs_vs_pref", false)]
    [InlineData("EQ12", "ADR-EQ12-OPT", true)]
    [InlineData("EQ1", "ADR-EQ12-OPT", false)]
    public void A_pattern_fits_an_id_up_to_a_hyphen(string pattern, string id, bool fits) => ClaimFilter.Matches(id, pattern).Should()
        .Be(fits);

    [Theory]
    [InlineData("T16", 8)]
    [InlineData("CRS-T16-abs_vs_pref,T17-tiebreak", 2)]
    [InlineData("CRS-T16, T16", 8)]
    public async Task Claims_are_chosen_by_several_patterns(string patterns, int count)
    {
        var (code, output, _) = await Run("list", "--claim", patterns);
        code.Should().Be(CommandLine.Success);
        Lines(output).Should().HaveCount(count + 1).And.Subject.Last().Should().Be(Invariant($"{count} claims"));
    }

    [Fact]
    public async Task Only_the_wanted_verdicts_are_shown_and_the_rest_is_counted()
    {
        var (code, output, _) = await Run("verify", "--claim", "T16", "--only", "contradicted,Inconclusive");
        code.Should().Be(CommandLine.Success);
        var shown = Lines(output).Where(line => line.StartsWith("CRS-", StringComparison.Ordinal)).Select(line => line.Split('\t')[1])
            .ToList();
        shown.Should().NotBeEmpty().And.OnlyContain(verdict => verdict == "Contradicted" || verdict == "Inconclusive");
        output.Should().Contain(Invariant($"{shown.Count} of 8 shown")).And.Contain("8 claims in");
        (await Run("list", "--claim", "T16", "--only", "contradicted", "--only", "inconclusive")).Output.Should()
            .EndWith(Invariant($"{shown.Count} {InvariantText.Noun(shown.Count, "claim")}\n"));
    }

    [Fact]
    public async Task A_verdict_that_does_not_exist_is_refused_with_a_proposal()
    {
        var (code, output, error) = await Run("verify", "--only", "contradictd");
        code.Should().Be(CommandLine.Failure);
        output.Should().BeEmpty();
        error.Should().Contain("--only contradictd: no verdict has this name; did you mean 'Contradicted'?");
    }

    [Fact]
    public async Task A_pipe_gets_one_line_a_claim_without_a_frame()
    {
        var (_, output, _) = await Run("verify", "--claim", "T16,T17");
        var lines = Lines(output);
        var claims = _catalog.Claims.Count(claim => claim.Group is "CRS-T16" or "CRS-T17");
        lines.Count(line => line.Split('\t').Length == 4).Should().Be(claims);
        lines.Should().HaveCount(claims + 2, "the summary has two lines");
        output.Should().NotContainAny("─", "│", "╭");
        lines[0].Should().StartWith("CRS-T16-abs_vs_pref\tHolds\t66% (reverse 34%)\tabs_rlhf wins 66 of 100");
    }

    [Fact]
    public void Breaks_in_a_column_do_not_break_its_line() =>
        ClaimLines.Plain(new ClaimRow("A", Verdict.Holds, ["1\t2"], "one\r\ntwo")).Should().Be("A\tHolds\t1 2\tone two");

    [Theory]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(160)]
    [InlineData(200)]
    public void Every_claim_is_readable_at_any_width(int width)
    {
        var list = Rendered(width, console => ClaimTable.Write(console, plain: false,
            [.. _catalog.Claims.Select(c => (c, (Verdict?)Verdict.HoldsWithinRounding))]));
        var verified = Rendered(width, console => VerdictTable.Write(console, plain: false, [.. _catalog.Claims.Select(Result)]));
        foreach (var text in new[] { list, verified })
        {
            var lines = Lines(text);
            lines.Should().NotContain(line => line.Length > width);
            // A column of one character shows as a line that has little else.
            lines.Count(line => line.Count(char.IsLetterOrDigit) < 3).Should().BeLessThan(lines.Length / 10);
            lines.Should().HaveCountLessThan(_catalog.Claims.Count * (width < 60 ? 12 : 8));
            if (width >= 60)
            {
                _catalog.Claims.Should().OnlyContain(claim => text.Contains(claim.Id, StringComparison.Ordinal), "no id is cut");
            }
        }
    }

    private static ClaimResult Result(Claim claim) => new(
        claim, Verdict.Inconclusive, new Evidence(new Dictionary<string, object>(), [], new Dictionary<string, int>(), [],
            new Dictionary<string, double>(), [], [], [], [], $"{claim.Statement} {claim.Statement}"), null, 0);

    private static string Rendered(int width, Action<IAnsiConsole> write)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(text),
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors
            });
        console.Profile.Width = width;
        write(console);
        return text.ToString();
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync([.. args, "--artifacts", "fixtures"], output, error);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }
}

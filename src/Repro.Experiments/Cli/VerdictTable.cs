using Repro.Experiments.Claims;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary>The table that <c>verify</c> prints.</summary>
internal static class VerdictTable
{
    internal static Table Of(IReadOnlyList<ClaimResult> results)
    {
        var table = new Table().RoundedBorder();
        table.AddColumn(new TableColumn("Claim").NoWrap());
        table.AddColumn(new TableColumn("Verdict").NoWrap());
        table.AddColumn(new TableColumn("Published").Width(24));
        table.AddColumn("Recomputed");
        foreach (var result in results)
        {
            table.AddRow(
                new Text(result.Claim.Id),
                result.Verdict is { } verdict ? VerdictStyle.Cell(verdict) : new Text("failed to run", new Style(Color.Red, decoration: Decoration.Bold)),
                new Text(result.Claim.Published ?? "-"),
                new Text(result.Evidence?.Explanation ?? result.Error ?? string.Empty));
        }

        return table;
    }
}

/// <summary>How verdicts look in a terminal.</summary>
internal static class VerdictStyle
{
    internal static Text Cell(Verdict? verdict) => verdict is { } known ? new Text(known.ToString(), Of(known)) : new Text("-", new Style(Color.Grey));

    internal static Style Of(Verdict verdict) => new(verdict switch
    {
        Verdict.Holds or Verdict.HoldsWithinRounding => Color.Green,
        Verdict.Qualified => Color.Yellow,
        Verdict.Contradicted => Color.Red,
        Verdict.Inconclusive => Color.Blue,
        _ => Color.Grey,
    });
}

/// <summary>Consoles over the writers that a verb was given.</summary>
internal static class Terminal
{
    private const int WidthWhenRedirected = 160;

    internal static IAnsiConsole For(TextWriter writer)
    {
        var redirected = Console.IsOutputRedirected || !ReferenceEquals(writer, Console.Out);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (redirected)
        {
            console.Profile.Width = WidthWhenRedirected;
        }

        return console;
    }
}

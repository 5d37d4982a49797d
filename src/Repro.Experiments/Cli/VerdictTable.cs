using Repro.Experiments.Claims;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Repro.Experiments.Cli;

/// <summary>A claim as <c>verify</c> and <c>list</c> show it.</summary>
/// <param name="Id">Id of the claim.</param>
/// <param name="Verdict">Its verdict; null where there is none.</param>
/// <param name="Facts">Short facts, one a column.</param>
/// <param name="Text">The last column, which may be long.</param>
/// <param name="Failed">Whether its spec failed to run.</param>
internal sealed record ClaimRow(string Id, Verdict? Verdict, IReadOnlyList<string> Facts, string Text, bool Failed = false)
{
    private const string Failure = "failed to run";

    internal string VerdictText => Failed ? Failure : Verdict?.ToString() ?? "-";

    internal Text VerdictCell => Failed ? new Text(Failure, new Style(Color.Red, decoration: Decoration.Bold)) : VerdictStyle.Cell(Verdict);
}

/// <summary>
/// Claims for whoever reads them: a table where the terminal has room for it, stacked lines where it has not, and in a pipe one line a
/// claim with tabs between its columns.
/// </summary>
internal static class ClaimLines
{
    // What a column of texts needs to be read.
    private const int TextWidth = 28;

    internal static void Write(IAnsiConsole console, bool plain, IReadOnlyList<ClaimRow> rows, Func<IRenderable> table, int[] factWidths)
    {
        if (plain)
        {
            foreach (var row in rows)
            {
                console.Profile.Out.Writer.WriteLine(Plain(row));
            }
        }
        else if (rows.Count > 0 && Needed(rows, factWidths) <= console.Profile.Width)
        {
            console.Write(table());
        }
        else
        {
            foreach (var row in rows)
            {
                Stack(console, row);
            }
        }
    }

    /// <summary>The columns of a claim with tabs between them.</summary>
    internal static string Plain(ClaimRow row) =>
        TableLines.Tabbed(new[] { row.Id, row.VerdictText }.Concat(row.Facts).Append(row.Text));

    // Each column has a border and two blanks.
    private static int Needed(IReadOnlyList<ClaimRow> rows, int[] factWidths) =>
        rows.Max(row => row.Id.Length) + rows.Max(row => row.VerdictText.Length) + factWidths.Sum() + TextWidth
        + (3 * (factWidths.Length + 3)) + 1;

    private static void Stack(IAnsiConsole console, ClaimRow row)
    {
        var together = row.Id.Length + 2 + row.VerdictText.Length <= console.Profile.Width;
        console.Write(new Text(together ? row.Id + "  " : row.Id + "\n  ", new Style(decoration: Decoration.Bold)));
        console.Write(row.VerdictCell);
        console.WriteLine();
        var facts = string.Join(", ", row.Facts.Where(fact => fact != "-"));
        foreach (var text in new[] { facts, row.Text }.Where(text => text.Length > 0))
        {
            console.Write(new Padder(new Text(text), new Padding(2, 0, 0, 0)));
        }
    }
}

/// <summary>What <c>verify</c> prints.</summary>
internal static class VerdictTable
{
    private const int PublishedWidth = 24;

    /// <summary>Writes results as fits the place that they are written to.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="plain">Whether it is a file or a pipe.</param>
    /// <param name="results">The results.</param>
    internal static void Write(IAnsiConsole console, bool plain, IReadOnlyList<ClaimResult> results) =>
        ClaimLines.Write(console, plain, [.. results.Select(Row)], () => Build(results), [PublishedWidth]);

    /// <summary>The table of a wide terminal.</summary>
    internal static Table Build(IReadOnlyList<ClaimResult> results)
    {
        var table = new Table().RoundedBorder();
        table.AddColumn(new TableColumn("Claim").NoWrap());
        table.AddColumn(new TableColumn("Verdict").NoWrap());
        table.AddColumn(new TableColumn("Published").Width(PublishedWidth));
        table.AddColumn("Recomputed");
        foreach (var row in results.Select(Row))
        {
            table.AddRow(new Text(row.Id), row.VerdictCell, new Text(row.Facts[0]), new Text(row.Text));
        }

        return table;
    }

    private static ClaimRow Row(ClaimResult result) => new(
        result.Claim.Id, result.Verdict, [result.Claim.Published ?? "-"], result.Evidence?.Explanation ?? "see the error output",
        Failed: result.Verdict is null);
}

/// <summary>What <c>list</c> prints.</summary>
internal static class ClaimTable
{
    /// <summary>Writes claims as fits the place that they are written to.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="plain">Whether it is a file or a pipe.</param>
    /// <param name="claims">The claims with their accepted verdicts.</param>
    internal static void Write(IAnsiConsole console, bool plain, IReadOnlyList<(Claim Claim, Verdict? Verdict)> claims)
    {
        var rows = claims.Select(entry => new ClaimRow(
            entry.Claim.Id, entry.Verdict, [Name(entry.Claim.Kind), Name(entry.Claim.Tier)], entry.Claim.Locator)).ToList();
        ClaimLines.Write(console, plain, rows, () => Build(rows), [Longest<ClaimKind>(), Longest<Tier>()]);
    }

    private static Table Build(IReadOnlyList<ClaimRow> rows)
    {
        var table = new Table().RoundedBorder().AddColumns("Claim", "Verdict", "Kind", "Tier").AddColumn("Where");
        foreach (var column in table.Columns.SkipLast(1))
        {
            column.NoWrap();
        }

        foreach (var row in rows)
        {
            table.AddRow(new Text(row.Id), row.VerdictCell, new Text(row.Facts[0]), new Text(row.Facts[1]), new Text(row.Text));
        }

        return table;
    }

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static int Longest<T>()
        where T : struct, Enum => Enum.GetNames<T>().Max(name => name.Length);
}

/// <summary>How verdicts look in a terminal.</summary>
internal static class VerdictStyle
{
    internal static Text Cell(Verdict? verdict) => verdict is { } known ? new Text(known.ToString(), For(known))
        : new Text("-", new Style(Color.Grey));

    internal static Style For(Verdict verdict) => new(verdict switch
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

    /// <summary>Whether a writer leads to a file, a pipe or a test rather than to a terminal.</summary>
    internal static bool IsRedirected(TextWriter writer) => Console.IsOutputRedirected || !ReferenceEquals(writer, Console.Out);

    internal static IAnsiConsole For(TextWriter writer)
    {
        var redirected = IsRedirected(writer);
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

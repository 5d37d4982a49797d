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

using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs;

/// <summary>One row of CRS Table 6 or 7 as printed, as inputs.</summary>
internal sealed record PrintedErrors(string Label, double BelowMse, double BelowMae, double AboveMse, double AboveMae, double BetweenMse, double BetweenMae)
{
    /// <summary>Difference of the absolute errors at the two ends.</summary>
    internal double Imbalance => Math.Abs(BelowMae - AboveMae);

    /// <summary>The squared errors in the order low, high, middle.</summary>
    internal IReadOnlyList<double> Mse => [BelowMse, AboveMse, BetweenMse];

    /// <summary>All rows of a table, in printed order.</summary>
    internal static IReadOnlyList<PrintedErrors> All(SpecContext context, string tableName)
    {
        var table = context.Table(tableName);
        double Cell(string row, string column) => table[row, column].AsInput();
        return
        [
            .. table.Rows.Select(r => new PrintedErrors(
                r, Cell(r, "below_mse"), Cell(r, "below_mae"), Cell(r, "above_mse"), Cell(r, "above_mae"), Cell(r, "between_mse"), Cell(r, "between_mae"))),
        ];
    }
}

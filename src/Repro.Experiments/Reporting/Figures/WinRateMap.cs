namespace Repro.Experiments.Reporting.Figures;

/// <summary>The matrix of recomputed win rates of CRS Table 16, with intervals.</summary>
public sealed class WinRateMap : IFigureSource
{
    private static readonly (string Claim, string Row, string Column)[] Pairs =
    [
        ("CRS-T16-abs_vs_pref", "abs", "preference"),
        ("CRS-T16-abs_vs_crs", "abs", "crs 0.25"),
        ("CRS-T16-abs_vs_sft", "abs", "sft"),
        ("CRS-T16-crs_vs_pref", "crs 0.25", "preference"),
        ("CRS-T16-crs_vs_sft", "crs 0.25", "sft"),
        ("CRS-T16-pref_vs_sft", "preference", "sft"),
    ];

    /// <inheritdoc/>
    public int Order => 10;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return !context.Has(Pairs.Select(p => p.Claim)) ? null : new Figure(
            "figure-win-rates",
            "GPT-4 win rates among the four models (CRS Table 16)",
            "Share of the 100 final prompts on which the row model is preferred to the column model, with the 95% Wilson interval.",
            HeatMap.Chart(["preference", "abs", "crs 0.25", "sft"], "wins of", "against"),
            HeatMap.Columns,
            [.. Pairs.SelectMany(p => PairCells.Of(context.Evidence(p.Claim), p.Row, p.Column))],
            [.. Pairs.Select(p => p.Claim)]);
    }
}

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The matrix of recomputed win rates of CRS Table 10: weights of the preference reward against each other.</summary>
public sealed class TuningMap : IFigureSource
{
    private static readonly string[] Weights = ["025", "0375", "05", "0625", "075"];

    /// <inheritdoc/>
    public int Order => 20;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var pairs = Weights.SelectMany((first, i) => Weights[(i + 1)..].Select(second => (First: first, Second: second, Claim: $"CRS-T10-{first}-vs-{second}"))).ToList();
        return !context.Has(pairs.Select(p => p.Claim)) ? null : new Figure(
            "figure-tuning",
            "Weights of the preference reward against each other (CRS Table 10)",
            "Share of the 50 tuning prompts on which the row weight is preferred to the column weight, with the 95% Wilson interval.",
            HeatMap.Chart(Weights.Select(Name), "wins of weight", "against weight"),
            HeatMap.Columns,
            [.. pairs.SelectMany(p => PairCells.Of(context.Evidence(p.Claim), Name(p.First), Name(p.Second)))],
            [.. pairs.Select(p => p.Claim)]);
    }

    private static string Name(string digits) => $"0.{digits[1..]}";
}

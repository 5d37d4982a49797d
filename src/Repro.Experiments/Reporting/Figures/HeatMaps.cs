using System.Text.Json.Nodes;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The chart that several figures share: cells coloured by a rate, with two lines of text.</summary>
internal static class HeatMap
{
    /// <summary>A Vega-Lite chart over the columns <c>model</c>, <c>against</c>, <c>rate</c>, <c>label</c>.</summary>
    /// <param name="names">Order of rows and columns.</param>
    /// <param name="rowTitle">Title of the rows.</param>
    /// <param name="columnTitle">Title of the columns.</param>
    internal static JsonObject Chart(IEnumerable<string> names, string rowTitle, string columnTitle)
    {
        var order = new JsonArray([.. names.Select(n => (JsonNode)JsonValue.Create(n))]);
        var chart = JsonNode.Parse("""
            {
              "encoding": {
                "x": { "field": "against", "type": "nominal", "axis": { "orient": "top", "labelAngle": 0 } },
                "y": { "field": "model", "type": "nominal" }
              },
              "layer": [
                { "mark": { "type": "rect", "cornerRadius": 4 },
                  "encoding": { "color": { "field": "rate", "type": "quantitative", "title": "percent",
                    "scale": { "scheme": "purplegreen", "domain": [15, 85], "clamp": true } } } },
                { "mark": { "type": "text", "lineBreak": "|", "fontSize": 12, "lineHeight": 15, "baseline": "middle", "dy": -6 },
                  "encoding": { "text": { "field": "label" }, "color": { "condition": { "test": "abs(datum.rate - 50) > 24",
                    "value": "#fff" }, "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 64 * order.Count;
        chart["encoding"]!["x"]!["title"] = columnTitle;
        chart["encoding"]!["x"]!["sort"] = order;
        chart["encoding"]!["y"]!["title"] = rowTitle;
        chart["encoding"]!["y"]!["sort"] = order.DeepClone();
        return chart;
    }

    /// <summary>Both cells of a pair: the second is the complement of the same judgements.</summary>
    /// <param name="row">Row model.</param>
    /// <param name="column">Column model.</param>
    /// <param name="rate">Rate of the row model in percent.</param>
    /// <param name="lower">Lower bound in percent.</param>
    /// <param name="upper">Upper bound in percent.</param>
    internal static IEnumerable<IReadOnlyList<object?>> Cells(string row, string column, double rate, double lower, double upper)
    {
        yield return [row, column, rate, lower, upper, Invariant($"{rate:0}|{lower:0} to {upper:0}")];
        yield return [column, row, 100 - rate, 100 - upper, 100 - lower, Invariant($"{100 - rate:0}|{100 - upper:0} to {100 - lower:0}")];
    }

    internal static IReadOnlyList<string> Columns { get; } = ["model", "against", "rate", "lower", "upper", "label"];
}

/// <summary>The matrix of recomputed win rates of CRS Table 16, with intervals.</summary>
internal sealed class WinRateMap : IFigureSource
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
            "Share of the 100 final prompts on which the row model is preferred to the column model, with the 95% exact interval.",
            HeatMap.Chart(["preference", "abs", "crs 0.25", "sft"], "wins of", "against"),
            HeatMap.Columns,
            [.. Pairs.SelectMany(p => PairCells.Read(context.Evidence(p.Claim), p.Row, p.Column))],
            [.. Pairs.Select(p => p.Claim)]);
    }
}

/// <summary>The matrix of recomputed win rates of CRS Table 10: weights of the preference reward against each other.</summary>
internal sealed class TuningMap : IFigureSource
{
    /// <inheritdoc/>
    public int Order => 20;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var pairs = Comparisons.TuningPairs.Select(p => (p.First, p.Second, Claim: $"CRS-T10-{p.First}-vs-{p.Second}")).ToList();
        return !context.Has(pairs.Select(p => p.Claim)) ? null : new Figure(
            "figure-tuning",
            "Weights of the preference reward against each other (CRS Table 10)",
            "Share of the 50 tuning prompts on which the row weight is preferred to the column weight, with the 95% exact interval.",
            HeatMap.Chart(Comparisons.TuningWeights.Select(Comparisons.WeightName), "wins of weight", "against weight"),
            HeatMap.Columns,
            [
                .. pairs.SelectMany(p => PairCells.Read(
                    context.Evidence(p.Claim), Comparisons.WeightName(p.First), Comparisons.WeightName(p.Second))),
            ],
            [.. pairs.Select(p => p.Claim)]);
    }
}

/// <summary>Cells of a heat map from the evidence of a pairwise comparison.</summary>
internal static class PairCells
{
    internal static IEnumerable<IReadOnlyList<object?>> Read(Evidence evidence, string row, string column)
    {
        var interval = evidence.Intervals.First(i => i is { Method: ShareEvidence.Method, Estimate: not null });
        return HeatMap.Cells(row, column, interval.Estimate!.Value, interval.Lower, interval.Upper);
    }
}

using System.Text.Json.Nodes;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The matrix of recomputed win rates of CRS Table 16, with intervals.</summary>
public sealed class WinRateMap : IFigureSource
{
    /// <summary>Claim, row model and column model of each pair; the reverse cell is the complement of the same judgements.</summary>
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
    public Figure? Draw(IReadOnlyDictionary<string, ClaimResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (claim, row, column) in Pairs)
        {
            if (!results.TryGetValue(claim, out var result))
            {
                return null;
            }

            var interval = result.Evidence!.Intervals.Single(i => i.Estimate is not null);
            var (rate, reverse) = ((double)result.Evidence.Recomputed["win_rate"], (double)result.Evidence.Recomputed["reverse_win_rate"]);
            rows.Add([row, column, rate, interval.Lower, interval.Upper, Label(rate, interval.Lower, interval.Upper)]);
            rows.Add([column, row, reverse, 100 - interval.Upper, 100 - interval.Lower, Label(reverse, 100 - interval.Upper, 100 - interval.Lower)]);
        }

        var chart = JsonNode.Parse("""
            {
              "height": 260,
              "encoding": {
                "x": { "field": "against", "type": "nominal", "title": "against", "axis": { "orient": "top", "labelAngle": 0 }, "sort": ["preference", "abs", "crs 0.25", "sft"] },
                "y": { "field": "model", "type": "nominal", "title": "wins of", "sort": ["preference", "abs", "crs 0.25", "sft"] }
              },
              "layer": [
                { "mark": { "type": "rect", "cornerRadius": 4 }, "encoding": { "color": { "field": "rate", "type": "quantitative", "title": "percent", "scale": { "scheme": "purplegreen", "domain": [20, 80] } } } },
                { "mark": { "type": "text", "lineBreak": "|", "fontSize": 13, "lineHeight": 16, "baseline": "middle", "dy": -6 }, "encoding": { "text": { "field": "label" }, "color": { "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        return new Figure(
            "figure-win-rates",
            "GPT-4 win rates among the four models (CRS Table 16)",
            "Share of the 100 final prompts on which the row model is preferred to the column model, with the 95% Wilson interval.",
            chart,
            ["model", "against", "rate", "lower", "upper", "label"],
            rows,
            [.. Pairs.Select(p => p.Claim)]);
    }

    private static string Label(double rate, double lower, double upper) => $"{rate:0}|{lower:0} to {upper:0}";
}

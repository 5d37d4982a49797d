using System.Text.Json.Nodes;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>All binomial comparisons with their 95% intervals, against the fair coin.</summary>
internal sealed class ForestPlot : IFigureSource
{
    /// <inheritdoc/>
    public int Order => 90;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (id, result) in context.Results.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            var intervals = result.Evidence!.Intervals.Where(i => i is { Method: ShareEvidence.Method, Estimate: not null }).ToList();
            foreach (var interval in intervals)
            {
                var side = interval.Lower > 50 ? "above one half" : interval.Upper < 50 ? "below one half" : "not told from one half";
                rows.Add([intervals.Count > 1 && interval.Name != "judgements" ? $"{id}, {interval.Name}" : id, interval.Estimate, interval.Lower, interval.Upper, side]);
            }
        }

        if (rows.Count == 0)
        {
            return null;
        }

        var chart = JsonNode.Parse("""
            {
              "encoding": { "y": { "field": "comparison", "type": "nominal", "sort": { "field": "rate" }, "title": null, "axis": { "labelFontSize": 10 } } },
              "layer": [
                { "mark": { "type": "rule", "strokeDash": [4, 3] }, "encoding": { "x": { "datum": 50 }, "y": null } },
                { "mark": { "type": "rule", "strokeWidth": 2 }, "encoding": {
                    "x": { "field": "lower", "type": "quantitative", "title": "win rate, percent", "scale": { "domain": [0, 100] } }, "x2": { "field": "upper" },
                    "color": { "field": "side", "type": "nominal", "title": null, "scale": { "domain": ["above one half", "not told from one half", "below one half"], "range": ["#1b9e77", "#8a94a0", "#d95f02"] }, "legend": { "orient": "top" } } } },
                { "mark": { "type": "point", "size": 45, "opacity": 1 }, "encoding": {
                    "x": { "field": "rate", "type": "quantitative" }, "color": { "field": "side", "type": "nominal" },
                    "tooltip": [{ "field": "comparison" }, { "field": "rate" }, { "field": "lower", "format": ".1f" }, { "field": "upper", "format": ".1f" }] } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 15 * rows.Count;
        return new Figure(
            "figure-forest",
            "Every binomial comparison against a fair coin",
            $"Point: share of wins in percent. Line: 95% exact interval. {rows.Count(r => (string)r[4]! == "not told from one half")} of "
                + $"{rows.Count} intervals contain 50.",
            chart,
            ["comparison", "rate", "lower", "upper", "side"],
            rows,
            [.. rows.Select(r => ((string)r[0]!).Split(',')[0]).Distinct()])
        {
            Wide = true,
        };
    }
}

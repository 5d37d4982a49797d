using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Differences between each adaptive method and its plain counterpart, with intervals (ADR Table 1).</summary>
public sealed class BenchmarkDifferences : IFigureSource
{
    private const string Claim = "ADR-T1-CI";

    /// <inheritdoc/>
    public int Order => 70;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Has(Claim))
        {
            return null;
        }

        var rows = context.Evidence(Claim).Intervals
            .Where(i => i is { Method: "Newcombe", Estimate: not null })
            .Select(IReadOnlyList<object?> (i) =>
            {
                var parts = i.Name.Split(", ");
                return [parts[0], parts[^1], i.Estimate, i.Lower, i.Upper, i.Lower > 0 || i.Upper < 0 ? "excludes 0" : "contains 0"];
            })
            .ToList();
        var chart = JsonNode.Parse("""
            {
              "facet": { "column": { "field": "pair", "type": "nominal", "title": null } },
              "spec": {
                "width": 220, "height": 230,
                "encoding": { "y": { "field": "benchmark", "type": "nominal", "title": null, "sort": null } },
                "layer": [
                  { "mark": { "type": "rule", "strokeDash": [4, 3] }, "encoding": { "x": { "datum": 0 }, "y": null } },
                  { "mark": { "type": "rule", "strokeWidth": 2 }, "encoding": { "x": { "field": "lower", "type": "quantitative", "title": "points" }, "x2": { "field": "upper" }, "color": { "field": "interval", "type": "nominal", "title": "95% interval", "scale": { "domain": ["contains 0", "excludes 0"], "range": ["#8a94a0", "#1b9e77"] }, "legend": { "orient": "top" } } } },
                  { "mark": { "type": "point", "size": 45, "opacity": 1 }, "encoding": { "x": { "field": "difference", "type": "quantitative" }, "color": { "field": "interval", "type": "nominal" }, "tooltip": [{ "field": "benchmark" }, { "field": "pair" }, { "field": "difference", "format": ".2f" }, { "field": "lower", "format": ".2f" }, { "field": "upper", "format": ".2f" }] } }
                ]
              }
            }
            """)!.AsObject();
        return new Figure(
            "figure-differences",
            "Gains of the adaptive methods with their sampling error (ADR Table 1)",
            $"Difference of the printed scores in points, with the 95% Newcombe interval at the public test-set sizes. {rows.Count(r => (string)r[5]! == "contains 0")} of {rows.Count} intervals contain 0, before any correction for testing {rows.Count} of them.",
            chart,
            ["benchmark", "pair", "difference", "lower", "upper", "interval"],
            rows,
            [Claim])
        {
            Wide = true,
        };
    }
}

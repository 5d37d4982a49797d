using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Mean absolute error of the absolute reward models by range of quality (CRS Tables 6 and 7).</summary>
public sealed class RewardModelErrorFigure : IFigureSource
{
    private static readonly (string Key, string Name)[] Ranges = [("below_mae", "below 0.4"), ("between_mae", "between"), ("above_mae", "above 0.9")];

    /// <inheritdoc/>
    public int Order => 40;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var claims = new[] { "T6", "T7" }.SelectMany(t => Enumerable.Range(1, 8).Select(i => Invariant($"CRS-{t}-row{i}"))).ToList();
        if (!context.Has(claims))
        {
            return null;
        }

        var rows = claims.SelectMany(claim => Ranges.Select(IReadOnlyList<object?> (r) =>
            [claim, (string)context.Evidence(claim).Recomputed["adapter"], r.Name, context.Number(claim, r.Key)])).ToList();
        var inTheMiddle = claims.Count(c => context.Number(c, "between_mae") < Math.Min(context.Number(c, "below_mae"), context.Number(c, "above_mae")));
        var chart = JsonNode.Parse("""
            {
              "encoding": { "y": { "field": "claim", "type": "nominal", "title": null, "sort": null, "axis": { "labelFontSize": 10 } } },
              "layer": [
                { "mark": { "type": "rule" }, "encoding": { "x": { "aggregate": "min", "field": "error", "type": "quantitative", "title": "mean absolute error", "scale": { "zero": true } }, "x2": { "aggregate": "max", "field": "error" } } },
                { "mark": { "type": "point", "size": 70, "opacity": 1 }, "encoding": {
                    "x": { "field": "error", "type": "quantitative" },
                    "color": { "field": "range", "type": "nominal", "title": "quality", "sort": null, "scale": { "domain": ["below 0.4", "between", "above 0.9"], "range": ["#d95f02", "#8a94a0", "#1b9e77"] }, "legend": { "orient": "top" } },
                    "tooltip": [{ "field": "claim" }, { "field": "adapter" }, { "field": "range" }, { "field": "error", "format": ".4f" }] } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 18 * claims.Count;
        return new Figure(
            "figure-reward-errors",
            "Reward-model error by range of quality (CRS Tables 6 and 7)",
            Invariant($"Stored errors of the {claims.Count} printed rows. {inTheMiddle} of them err least in the middle of the scale."),
            chart,
            ["claim", "adapter", "range", "error"],
            rows,
            claims);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Mean absolute error of the absolute reward models by range of quality (CRS Tables 6 and 7).</summary>
internal sealed class RewardModelErrorFigure : IFigureSource
{
    private static readonly (string Key, string Name)[] Ranges = [("below_mae", "below 0.4"), ("between_mae", "between"),
        ("above_mae", "above 0.9")];

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

        var labels = new[] { 6, 7 }.SelectMany(
            t => context.Table(Invariant($"crs/table-0{t}")).Rows.Select(row => Invariant($"T{t} {row}")));
        var rows = claims.Zip(labels).SelectMany(pair => Ranges.Select(IReadOnlyList<object?> (r) =>
        [
            pair.Second, pair.First, (string)context.Evidence(pair.First).Recomputed["adapter"], r.Name, context.Number(pair.First, r.Key),
        ])).ToList();
        var inTheMiddle = claims.Count(
            c => context.Number(c, "between_mae") < Math.Min(context.Number(c, "below_mae"), context.Number(c, "above_mae")));
        var chart = JsonNode.Parse("""
            {
              "encoding": { "y": { "field": "row", "type": "nominal", "title": null, "sort": null,
                "axis": { "labelFontSize": 10, "labelLimit": 340 } } },
              "layer": [
                { "mark": { "type": "rule" }, "encoding": { "x": { "aggregate": "min", "field": "error", "type": "quantitative",
                  "title": "mean absolute error", "scale": { "zero": true } }, "x2": { "aggregate": "max", "field": "error" } } },
                { "mark": { "type": "point", "size": 70, "opacity": 1 }, "encoding": {
                    "x": { "field": "error", "type": "quantitative" },
                    "color": { "field": "range", "type": "nominal", "title": "quality", "sort": null,
                      "scale": { "domain": ["below 0.4", "between", "above 0.9"], "range": ["#d95f02", "#8a94a0", "#1b9e77"] },
                        "legend": { "orient": "top" } },
                    "tooltip": [{ "field": "row" }, { "field": "claim" }, { "field": "adapter" }, { "field": "range" },
                      { "field": "error", "format": ".4f" }] } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 18 * claims.Count;
        return new Figure(
            "figure-reward-errors",
            "Reward-model error by range of quality (CRS Tables 6 and 7)",
            Invariant($"Stored errors of the {claims.Count} printed rows, named by table and label. ")
                + Invariant($"{inTheMiddle} of them err least in the middle of the scale."),
            chart,
            ["row", "claim", "adapter", "range", "error"],
            rows,
            claims)
        {
            Wide = true,
        };
    }
}

/// <summary>How far the scores of the two reward models spread, and what share the preference model has of the mixed reward (CRS Sections
/// 5.4 and 6.2).</summary>
internal sealed class ScoreSpreads : IFigureSource
{
    private const string Share = "CRS-S5.4-effective-share";
    private const string Prefix = "share_at_";

    /// <inheritdoc/>
    public int Order => 45;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string[] claims = ["CRS-S6.2-spread-pref", "CRS-S6.2-spread-abs", Share];
        if (!context.Has(claims))
        {
            return null;
        }

        var rows = context.Evidence(Share).Recomputed
            .Where(v => v.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(
                v =>
                    (
                        Weight: double.Parse(v.Key[Prefix.Length..], CultureInfo.InvariantCulture),
                        Effective: Convert.ToDouble(v.Value, CultureInfo.InvariantCulture)))
            .OrderBy(v => v.Weight)
            .SelectMany(v => new IReadOnlyList<object?>[] { ["in effect", v.Weight, v.Effective], ["as set", v.Weight, v.Weight] })
            .ToList();
        var chart = JsonNode.Parse("""
            {
              "height": 240,
              "mark": { "type": "line", "point": { "size": 60, "filled": true } },
              "encoding": {
                "x": { "field": "weight", "type": "quantitative", "title": "weight given to the preference model",
                  "scale": { "domain": [0.2, 0.8] }, "axis": { "values": [0.25, 0.375, 0.5, 0.625, 0.75], "format": ".3~f" } },
                "y": { "field": "share", "type": "quantitative", "title": "share of the mixed difference", "scale": { "domain": [0, 1] } },
                "color": { "field": "kind", "type": "nominal", "title": null,
                  "scale": { "domain": ["in effect", "as set"], "range": ["#d95f02", "#8a94a0"] }, "legend": { "orient": "top" } },
                "tooltip": [{ "field": "kind" }, { "field": "weight" }, { "field": "share", "format": ".3f" }]
              }
            }
            """)!.AsObject();
        var (preference, absolute) = (context.Number("CRS-S6.2-spread-pref", "stored"), context.Number("CRS-S6.2-spread-abs", "stored"));
        return new Figure(
            "figure-spreads",
            "Score spreads and the weight of the preference model (CRS Sections 5.4, 6.2)",
            Invariant($"The best and the worst of the replies that people ranked differ by {preference:F2} in the preference score and ")
                + Invariant($"{absolute:F2} in the absolute one. If responses of the policy spread alike, the odds of the preference ")
                + Invariant($"model in the mixed reward are {preference / absolute:F1} times those of the weights."),
            chart,
            ["kind", "weight", "share"],
            rows,
            claims);
    }
}

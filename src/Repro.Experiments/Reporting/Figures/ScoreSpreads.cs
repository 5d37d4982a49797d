using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>How far the scores of the two reward models spread, and what share the preference model has of the mixed reward (CRS Sections 5.4 and 6.2).</summary>
public sealed class ScoreSpreads : IFigureSource
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
            .Select(v => (Weight: double.Parse(v.Key[Prefix.Length..], CultureInfo.InvariantCulture), Effective: Convert.ToDouble(v.Value, CultureInfo.InvariantCulture)))
            .OrderBy(v => v.Weight)
            .SelectMany(v => new IReadOnlyList<object?>[] { ["in effect", v.Weight, v.Effective], ["as set", v.Weight, v.Weight] })
            .ToList();
        var chart = JsonNode.Parse("""
            {
              "height": 240,
              "mark": { "type": "line", "point": { "size": 60, "filled": true } },
              "encoding": {
                "x": { "field": "weight", "type": "quantitative", "title": "weight given to the preference model", "scale": { "domain": [0.2, 0.8] }, "axis": { "values": [0.25, 0.375, 0.5, 0.625, 0.75], "format": ".3~f" } },
                "y": { "field": "share", "type": "quantitative", "title": "share of the mixed difference", "scale": { "domain": [0, 1] } },
                "color": { "field": "kind", "type": "nominal", "title": null, "scale": { "domain": ["in effect", "as set"], "range": ["#d95f02", "#8a94a0"] }, "legend": { "orient": "top" } },
                "tooltip": [{ "field": "kind" }, { "field": "weight" }, { "field": "share", "format": ".3f" }]
              }
            }
            """)!.AsObject();
        var (preference, absolute) = (context.Number("CRS-S6.2-spread-pref", "stored"), context.Number("CRS-S6.2-spread-abs", "stored"));
        return new Figure(
            "figure-spreads",
            "Score spreads and the weight of the preference model (CRS Sections 5.4, 6.2)",
            Invariant($"Best and worst ranked replies differ by {preference:F2} in the preference score and {absolute:F2} in the absolute score. Mixed without normalisation, the preference model weighs {preference / absolute:F1} times as much as its weight says."),
            chart,
            ["kind", "weight", "share"],
            rows,
            claims);
    }
}

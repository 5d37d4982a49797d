using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Win rates by dataset and prompt category, three comparisons side by side (CRS Tables 22, 30, 31).</summary>
internal sealed class CategoryGrid : IFigureSource
{
    private static readonly (string Table, string Model)[] Tables = [("T22", "abs"), ("T30", "crs 0.25"), ("T31", "crs 0.625")];
    private static readonly string[] Categories = ["problem-solving", "fact-based", "reasoning", "open-ended", "creative"];
    private static readonly string[] Datasets = ["helpful_base", "koala", "vicuna", "oasst"];

    /// <inheritdoc/>
    public int Order => 30;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var claims = Tables.SelectMany(t => Categories.Select(c => $"CRS-{t.Table}-{c}")).ToList();
        if (!context.Has(claims))
        {
            return null;
        }

        var rows = new List<IReadOnlyList<object?>>();
        foreach (var (table, model) in Tables)
        {
            foreach (var category in Categories)
            {
                rows.AddRange(Cells(context.Evidence($"CRS-{table}-{category}"), model, category));
            }
        }

        var chart = JsonNode.Parse("""
            {
              "facet": { "column": { "field": "model", "type": "nominal", "title": "wins against preference of",
                "sort": ["abs", "crs 0.25", "crs 0.625"] } },
              "spec": {
                "width": 215, "height": 200,
                "encoding": {
                  "x": { "field": "dataset", "type": "nominal", "title": null, "sort": ["helpful_base", "koala", "vicuna", "oasst"],
                    "axis": { "labelAngle": -25 } },
                  "y": { "field": "category", "type": "nominal", "title": null,
                    "sort": ["problem-solving", "fact-based", "reasoning", "open-ended", "creative"] }
                },
                "layer": [
                  { "mark": { "type": "rect", "cornerRadius": 4 },
                    "encoding": { "color": { "field": "percent", "type": "quantitative",
                      "scale": { "scheme": "purplegreen", "domain": [0, 100] } } } },
                  { "mark": { "type": "text", "fontSize": 11 },
                    "encoding": { "text": { "field": "fraction" },
                      "color": { "condition": { "test": "abs(datum.percent - 50) > 30", "value": "#fff" }, "value": "#111" } } }
                ]
              }
            }
            """)!.AsObject();
        return new Figure(
            "figure-categories",
            "Wins by dataset and kind of prompt (CRS Tables 22, 30, 31)",
            "Wins of the model over preference_rlhf among the prompts of each cell. Most cells hold fewer than ten prompts: "
                + "read the fractions, not the colours alone.",
            chart,
            ["model", "dataset", "category", "percent", "fraction"],
            rows,
            claims)
        {
            Wide = true,
        };
    }

    private static IEnumerable<IReadOnlyList<object?>> Cells(Evidence evidence, string model, string category)
    {
        foreach (var dataset in Datasets)
        {
            var total = Convert.ToInt64(evidence.Recomputed.GetValueOrDefault($"{dataset}_total", 0L), CultureInfo.InvariantCulture);
            if (total > 0)
            {
                var wins = Convert.ToInt64(evidence.Recomputed[$"{dataset}_wins"], CultureInfo.InvariantCulture);
                yield return [model, dataset, category, 100.0 * wins / total, Invariant($"{wins}/{total}")];
            }
        }
    }
}

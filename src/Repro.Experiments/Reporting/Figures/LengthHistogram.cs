using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Lengths of winning and losing responses (CRS Figure 25).</summary>
internal sealed class LengthHistogram : IFigureSource
{
    private const int Width = 50;
    private const string Final = "alpaca_eval/final_gpt4_result/";

    /// <inheritdoc/>
    public int Order => 50;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string[] claims = ["CRS-F25-peak-win", "CRS-F25-peak-lose", "CRS-F25-overlap", "CRS-F25-bias"];
        if (!context.Has(claims))
        {
            return null;
        }

        var table = context.Artifact<TableFacts>("derived/response_lengths.csv");
        var (file, won, tokens) = (table.IndexOf("file"), table.IndexOf("won"), table.IndexOf("llama_tokens_with_bos"));
        var rows = table.Rows
            .Where(r => r[file].StartsWith(Final, StringComparison.Ordinal))
            .GroupBy(r => (Outcome: r[won] == "1" ? "preferred" : "not preferred", Bin: int.Parse(r[tokens], CultureInfo.InvariantCulture) / Width * Width))
            .OrderBy(g => g.Key.Bin)
            .ThenBy(g => g.Key.Outcome, StringComparer.Ordinal)
            .Select(IReadOnlyList<object?> (g) => [g.Key.Outcome, g.Key.Bin, g.Key.Bin + Width, g.Count()])
            .ToList();
        var chart = JsonNode.Parse("""
            {
              "height": 240,
              "mark": { "type": "bar", "opacity": 0.62, "binSpacing": 1 },
              "encoding": {
                "x": { "field": "from", "type": "quantitative", "bin": { "binned": true, "step": 50 }, "title": "length in Llama tokens, start token included" },
                "x2": { "field": "to" },
                "y": { "field": "responses", "type": "quantitative", "stack": null, "title": "responses" },
                "color": { "field": "outcome", "type": "nominal", "title": null, "scale": { "domain": ["preferred", "not preferred"], "range": ["#1b9e77", "#d95f02"] }, "legend": { "orient": "top" } },
                "tooltip": [{ "field": "outcome" }, { "field": "from" }, { "field": "to" }, { "field": "responses" }]
              }
            }
            """)!.AsObject();
        return new Figure(
            "figure-lengths",
            "Lengths of preferred and other responses (CRS Figure 25)",
            Invariant($"All ten final comparisons, {rows.Sum(r => (int)r[3]!)} responses, bins of {Width} tokens."),
            chart,
            ["outcome", "from", "to", "responses"],
            rows,
            claims);
    }
}

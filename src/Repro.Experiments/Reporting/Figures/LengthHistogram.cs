using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Lengths of winning and losing responses (CRS Figure 25).</summary>
internal sealed class LengthHistogram : IFigureSource
{
    // As many as the thesis draws; wider bins hide where the other responses peak.
    private const int Bins = 20;
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
        var responses = table.Rows.Where(r => r[file].StartsWith(Final, StringComparison.Ordinal))
            .Select(r => (Won: r[won] == "1", Tokens: (double)int.Parse(r[tokens], CultureInfo.InvariantCulture))).ToList();
        var (low, high) = (responses.Min(r => r.Tokens), responses.Max(r => r.Tokens));
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var outcome in new[] { true, false })
        {
            var bins = Histogram.EqualBins([.. responses.Where(r => r.Won == outcome).Select(r => r.Tokens)], Bins, low, high);
            rows.AddRange(bins.Counts.Select((count, i) =>
                (IReadOnlyList<object?>)[outcome ? "preferred" : "not preferred", bins.Edges[i], bins.Edges[i + 1], count]));
        }

        var chart = JsonNode.Parse("""
            {
              "height": 240,
              "mark": { "type": "bar", "opacity": 0.62, "binSpacing": 1 },
              "encoding": {
                "x": { "field": "from", "type": "quantitative", "bin": { "binned": true },
                  "title": "length in Llama tokens, start token included" },
                "x2": { "field": "to" },
                "y": { "field": "responses", "type": "quantitative", "stack": null, "title": "responses" },
                "color": { "field": "outcome", "type": "nominal", "title": null,
                  "scale": { "domain": ["preferred", "not preferred"], "range": ["#1b9e77", "#d95f02"] }, "legend": { "orient": "top" } },
                "tooltip": [{ "field": "outcome" }, { "field": "from", "format": ".0f" }, { "field": "to", "format": ".0f" },
                  { "field": "responses" }]
              }
            }
            """)!.AsObject();
        return new Figure(
            "figure-lengths",
            "Lengths of preferred and other responses (CRS Figure 25)",
            Invariant($"All ten final comparisons, {rows.Sum(r => (int)r[3]!)} responses, in {Bins} bins as in the thesis."),
            chart,
            ["outcome", "from", "to", "responses"],
            rows,
            claims);
    }
}

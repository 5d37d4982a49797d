using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The benchmark table of ADR with duplicated rows, impossible values and wrong averages marked (ADR Table 1).</summary>
public sealed class BenchmarkTableFigure : IFigureSource
{
    private const string Average = "AVG";

    private static readonly (string Claim, string Benchmark)[] Grim =
    [
        ("ADR-T1-GRIM-HUMANEVAL", "HumanEval"),
        ("ADR-T1-GRIM-GSM8K", "GSM8K"),
        ("ADR-T1-GRIM-WINOGRANDE", "WindoGrande"),
        ("ADR-T1-GRIM-CSQA", "CommonsenseQA"),
        ("ADR-T1-GRIM-ARCC", "ARC-C"),
        ("ADR-T1-GRIM-ARCE", "ARC-E"),
        ("ADR-T1-GRIM-C3", "C3"),
    ];

    /// <inheritdoc/>
    public int Order => 60;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string[] claims = ["ADR-T1-AVG", "ADR-T1-DUP", .. Grim.Select(g => g.Claim)];
        if (!context.Has(claims))
        {
            return null;
        }

        var impossible = Grim.ToDictionary(g => g.Benchmark, g => ((string)context.Evidence(g.Claim).Recomputed["not_attainable"]).Split(", "), StringComparer.Ordinal);
        var duplicated = ((string)context.Evidence("ADR-T1-DUP").Recomputed["equal_rows"]).Split([" = ", ", ", "; "], StringSplitOptions.None);
        var disagreeing = context.Evidence("ADR-T1-AVG").Findings.Where(f => f.Outcome == Repro.Experiments.Claims.Outcome.Disagrees).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var table = context.Table("adr/table-1");
        var rows = table.Rows.SelectMany(benchmark => table.Columns.Select(IReadOnlyList<object?> (column) =>
        {
            var score = table.CellText(benchmark, column);
            var mark = benchmark == Average ? disagreeing.Contains(column) ? "not the mean of the rows" : "as printed"
                : impossible.TryGetValue(benchmark, out var list) && list.Any(v => double.TryParse(v, CultureInfo.InvariantCulture, out var x) && x == double.Parse(score, CultureInfo.InvariantCulture)) ? "not k of n"
                : duplicated.Contains(benchmark) ? "row printed twice" : "as printed";
            return [benchmark, column, score, mark];
        })).ToList();
        var chart = JsonNode.Parse("""
            {
              "encoding": {
                "x": { "field": "model", "type": "nominal", "title": null, "sort": null, "axis": { "orient": "top", "labelAngle": 0 } },
                "y": { "field": "benchmark", "type": "nominal", "title": null, "sort": null }
              },
              "layer": [
                { "mark": { "type": "rect", "cornerRadius": 4 }, "encoding": { "color": { "field": "mark", "type": "nominal", "title": null, "legend": { "orient": "top" },
                    "scale": { "domain": ["as printed", "row printed twice", "not k of n", "not the mean of the rows"], "range": ["#dfe3e8", "#f0b95c", "#e78a80", "#b9a3e3"] } } } },
                { "mark": { "type": "text", "fontSize": 11 }, "encoding": { "text": { "field": "score" }, "color": { "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 24 * table.Rows.Count;
        return new Figure(
            "figure-benchmarks",
            "The benchmark table and what does not fit (ADR Table 1)",
            "Scores as printed. Not k of n: no whole number of right answers on the public test set rounds to the score. A row printed twice has all seven scores in common with another benchmark.",
            chart,
            ["benchmark", "model", "score", "mark"],
            rows,
            claims);
    }
}

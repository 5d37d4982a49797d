using System.Globalization;
using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The benchmark table of ADR with duplicated rows, impossible values and wrong averages marked (ADR Table 1).</summary>
internal sealed class BenchmarkTableFigure : IFigureSource
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

        // Where the row does not show its size, no single score can be called wrong.
        var sized = Grim.Where(g => context.Results[g.Claim].Verdict != Claims.Verdict.Inconclusive);
        var impossible = sized.ToDictionary(
            g => g.Benchmark, g => ((string)context.Evidence(g.Claim).Recomputed["not_attainable"]).Split(", "), StringComparer.Ordinal);
        var duplicated = ((string)context.Evidence("ADR-T1-DUP").Recomputed["equal_rows"])
            .Split([" = ", ", ", "; "], StringSplitOptions.None);
        var disagreeing = context.Evidence("ADR-T1-AVG").Findings.Where(f => f.Outcome == Repro.Experiments.Claims.Outcome.Disagrees)
            .Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var table = context.Table("adr/table-1");
        var rows = table.Rows.SelectMany(benchmark => table.Columns.Select(IReadOnlyList<object?> (column) =>
        {
            var score = table.CellText(benchmark, column);
            var mark = benchmark == Average ? disagreeing.Contains(column) ? "not the mean of the rows" : "as printed"
                : impossible.TryGetValue(benchmark, out var list)
                    && list.Any(v => Same(v, score)) ? "not k of n"
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
                { "mark": { "type": "rect", "cornerRadius": 4 },
                  "encoding": { "color": { "field": "mark", "type": "nominal", "title": null, "legend": { "orient": "top" },
                    "scale": { "domain": ["as printed", "row printed twice", "not k of n", "not the mean of the rows"],
                      "range": ["#dfe3e8", "#f0b95c", "#e78a80", "#b9a3e3"] } } } },
                { "mark": { "type": "text", "fontSize": 11 }, "encoding": { "text": { "field": "score" }, "color": { "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 24 * table.Rows.Count;

        // Seven columns of numbers run into each other on narrower boxes, which scroll instead.
        chart["usermeta"] = new JsonObject { ["leastWidth"] = 440 };
        return new Figure(
            "figure-benchmarks",
            "The benchmark table and what does not fit (ADR Table 1)",
            "Scores as printed. Not k of n: no whole number of right answers on the public test set rounds to the "
                + "score, in rows that show this "
                + "size or fit another one (the rows of ARC, C3, C-Eval, RACE and BBH do not). A row printed twice has all seven scores in "
                + "common with another benchmark.",
            chart,
            ["benchmark", "model", "score", "mark"],
            rows,
            claims)
        {
            Wide = true,
        };
    }

    private static bool Same(string value, string score) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out var number)
        && number == double.Parse(score, CultureInfo.InvariantCulture);
}

/// <summary>Differences between each adaptive method and its plain counterpart, with intervals (ADR Table 1).</summary>
internal sealed class BenchmarkDifferences : IFigureSource
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
                  { "mark": { "type": "rule", "strokeWidth": 2 },
                    "encoding": { "x": { "field": "lower", "type": "quantitative", "title": "points" }, "x2": { "field": "upper" },
                      "color": { "field": "interval", "type": "nominal", "title": "95% interval",
                        "scale": { "domain": ["contains 0", "excludes 0"], "range": ["#8a94a0", "#1b9e77"] },
                          "legend": { "orient": "top" } } } },
                  { "mark": { "type": "point", "size": 45, "opacity": 1 },
                    "encoding": { "x": { "field": "difference", "type": "quantitative" },
                      "color": { "field": "interval", "type": "nominal" },
                        "tooltip": [{ "field": "benchmark" }, { "field": "pair" }, { "field": "difference", "format": ".2f" },
                          { "field": "lower", "format": ".2f" }, { "field": "upper", "format": ".2f" }] } }
                ]
              }
            }
            """)!.AsObject();
        return new Figure(
            "figure-differences",
            "Gains of the adaptive methods with their sampling error (ADR Table 1)",
            "Difference of the printed scores in points, with the 95% Newcombe interval at the public test-set sizes. "
                + $"{rows.Count(r => (string)r[5]! == "contains 0")} of {rows.Count} intervals contain 0, "
                + $"before any correction for testing {rows.Count} of them.",
            chart,
            ["benchmark", "pair", "difference", "lower", "upper", "interval"],
            rows,
            [Claim])
        {
            Wide = true,
        };
    }
}

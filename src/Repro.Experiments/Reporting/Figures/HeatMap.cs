using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The chart that several figures share: cells coloured by a rate, with two lines of text.</summary>
internal static class HeatMap
{
    /// <summary>A Vega-Lite chart over the columns <c>model</c>, <c>against</c>, <c>rate</c>, <c>label</c>.</summary>
    /// <param name="names">Order of rows and columns.</param>
    /// <param name="rowTitle">Title of the rows.</param>
    /// <param name="columnTitle">Title of the columns.</param>
    internal static JsonObject Chart(IEnumerable<string> names, string rowTitle, string columnTitle)
    {
        var order = new JsonArray([.. names.Select(n => (JsonNode)JsonValue.Create(n))]);
        var chart = JsonNode.Parse("""
            {
              "encoding": {
                "x": { "field": "against", "type": "nominal", "axis": { "orient": "top", "labelAngle": 0 } },
                "y": { "field": "model", "type": "nominal" }
              },
              "layer": [
                { "mark": { "type": "rect", "cornerRadius": 4 }, "encoding": { "color": { "field": "rate", "type": "quantitative", "title": "percent", "scale": { "scheme": "purplegreen", "domain": [15, 85], "clamp": true } } } },
                { "mark": { "type": "text", "lineBreak": "|", "fontSize": 12, "lineHeight": 15, "baseline": "middle", "dy": -6 }, "encoding": { "text": { "field": "label" }, "color": { "condition": { "test": "abs(datum.rate - 50) > 24", "value": "#fff" }, "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 64 * order.Count;
        chart["encoding"]!["x"]!["title"] = columnTitle;
        chart["encoding"]!["x"]!["sort"] = order;
        chart["encoding"]!["y"]!["title"] = rowTitle;
        chart["encoding"]!["y"]!["sort"] = order.DeepClone();
        return chart;
    }

    /// <summary>Both cells of a pair: the second is the complement of the same judgements.</summary>
    /// <param name="row">Row model.</param>
    /// <param name="column">Column model.</param>
    /// <param name="rate">Rate of the row model in percent.</param>
    /// <param name="lower">Lower bound in percent.</param>
    /// <param name="upper">Upper bound in percent.</param>
    internal static IEnumerable<IReadOnlyList<object?>> Cells(string row, string column, double rate, double lower, double upper)
    {
        yield return [row, column, rate, lower, upper, Invariant($"{rate:0}|{lower:0} to {upper:0}")];
        yield return [column, row, 100 - rate, 100 - upper, 100 - lower, Invariant($"{100 - rate:0}|{100 - upper:0} to {100 - lower:0}")];
    }

    internal static IReadOnlyList<string> Columns { get; } = ["model", "against", "rate", "lower", "upper", "label"];
}

using System.Text.Json.Nodes;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>The seeds of each mechanism claim as dots, with mean, interval and the margin within which no difference matters.</summary>
internal static class SeedFigures
{
    private const string Between = ", ";

    private static readonly string[] Columns =
        ["comparison", "difference by seed", "mean", "lower", "upper", "margin", "minus margin", "p", "p after Holm", "outcome"];

    /// <summary>A figure for every claim that has comparisons over seeds.</summary>
    /// <param name="mechanisms">The claims by family.</param>
    internal static IEnumerable<Figure> Draw(MechanismList mechanisms) =>
        mechanisms.Families.SelectMany(family => family.Parts).Where(part => part.Drawn.Count > 0).Select(Draw);

    private static Figure Draw(MechanismPart part)
    {
        var drawn = part.Drawn;
        var common = CommonStart([.. drawn.Select(one => one.Name)]);
        return new Figure(
            part.FigureId,
            $"Every seed of {part.Result.Claim.Id} in {part.Family}: {(common.Length == 0 ? string.Empty : common + Between)}"
                + "first arm minus second",
            Invariant($"A dot is one of {drawn[0].Decision.First.Count} seeds; the bar is the mean with its 95% paired t interval; ")
                + "the band is the margin of the design, within which no difference matters.",
            Chart(drawn.Count),
            Columns,
            [.. drawn.Select(one => Row(one, common))],
            [part.Result.Claim.Id])
        {
            Mechanism = true,
        };
    }

    private static IReadOnlyList<object?> Row(SeedResult result, string common)
    {
        var decision = result.Decision;
        var differences = decision.First.Zip(decision.Second, (first, second) => Invariant($"{first - second:G4}"));
        var name = result.Name[common.Length..].TrimStart(',', ' ');
        return
        [
            name.Length == 0 ? result.Name : name, string.Join(' ', differences), decision.Estimate, decision.TInterval.Lower,
            decision.TInterval.Upper, decision.Margin, 0 - decision.Margin, decision.SignFlipP, decision.AdjustedP,
            SeedText.Outcome(decision.Outcome),
        ];
    }

    /// <summary>What all names begin with, cut at a comma; empty for one name.</summary>
    internal static string CommonStart(IReadOnlyList<string> names)
    {
        if (names.Count < 2)
        {
            return string.Empty;
        }

        var parts = names.Select(name => name.Split(Between)).ToList();
        var same = Enumerable.Range(0, parts.Min(name => name.Length) - 1 is var most and > 0 ? most : 0)
            .TakeWhile(i => parts.TrueForAll(name => name[i] == parts[0][i])).Count();
        return string.Join(Between, parts[0].Take(same));
    }

    // The name is above its row, so that long names take the whole width instead of half of a narrow screen.
    private static JsonObject Chart(int rows)
    {
        var chart = JsonNode.Parse("""
            {
              "encoding": { "y": { "field": "comparison", "type": "nominal", "sort": null, "title": null, "axis": null } },
              "layer": [
                { "mark": { "type": "bar", "height": 18, "opacity": 0.22, "color": "#8a94a0" }, "encoding": {
                    "x": { "field": "minus margin", "type": "quantitative", "title": "first arm minus second" },
                    "x2": { "field": "margin" } } },
                { "mark": { "type": "rule", "strokeDash": [4, 3] }, "encoding": { "x": { "datum": 0 }, "y": null } },
                { "transform": [{ "calculate": "split(datum['difference by seed'], ' ')", "as": "seeds" }, { "flatten": ["seeds"] },
                    { "calculate": "toNumber(datum.seeds)", "as": "difference" }],
                  "mark": { "type": "point", "size": 26, "opacity": 0.55, "color": "#8a94a0" },
                  "encoding": { "x": { "field": "difference", "type": "quantitative" } } },
                { "mark": { "type": "rule", "strokeWidth": 2, "color": "#1b9e77" }, "encoding": {
                    "x": { "field": "lower", "type": "quantitative" }, "x2": { "field": "upper" } } },
                { "mark": { "type": "tick", "size": 14, "thickness": 3, "color": "#1b9e77" }, "encoding": {
                    "x": { "field": "mean", "type": "quantitative" },
                    "tooltip": [{ "field": "comparison" }, { "field": "mean", "format": ".4g" }, { "field": "lower", "format": ".4g" },
                      { "field": "upper", "format": ".4g" }, { "field": "margin" }, { "field": "outcome" }] } },
                { "mark": { "type": "text", "align": "left", "baseline": "bottom", "dy": -10, "fontSize": 11,
                    "limit": { "expr": "width" } },
                  "encoding": { "x": { "value": 0 }, "text": { "field": "comparison" } } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 46 * rows;
        return chart;
    }
}

using System.Text.Json.Nodes;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>A comparison of two models with its interval and test, corrected over its table.</summary>
/// <param name="Comparison">Name on the axis.</param>
/// <param name="Claim">The claim whose evidence it is.</param>
/// <param name="Interval">Exact interval with its estimate, in percent.</param>
/// <param name="P">Exact p against a fair coin.</param>
/// <param name="Adjusted">The same after Holm over the table.</param>
internal sealed record TestedShare(string Comparison, string Claim, NamedInterval Interval, double P, double Adjusted)
{
    internal static readonly string[] Columns = ["comparison", "rate", "lower", "upper", "p", "p after Holm", "test"];

    /// <summary>Whether it stays beyond chance when the comparisons of its table are tested together, as verdicts require.</summary>
    internal bool BeyondChance => Adjusted < VerdictRule.Level;

    internal IReadOnlyList<object?> Row => [Comparison, Interval.Estimate, Interval.Lower, Interval.Upper, P, Adjusted, Test];

    private string Test => BeyondChance ? "beyond chance" : P < VerdictRule.Level ? "within chance after Holm" : "within chance";

    /// <summary>The comparisons of a table, one for each claim.</summary>
    /// <param name="context">The evidence.</param>
    /// <param name="table">Name before each comparison; may be empty.</param>
    /// <param name="claims">Claims and the names of their comparisons.</param>
    internal static IReadOnlyList<TestedShare> Read(FigureContext context, string table, IEnumerable<(string Claim, string Name)> claims)
    {
        var shares = claims.Select(c => (c.Claim, c.Name, Evidence: context.Evidence(c.Claim))).ToList();
        var p = shares.Select(s => s.Evidence.PValues["binomial, judgements"]).ToList();
        var adjusted = Holm.Adjust(p);
        return
        [
            .. shares.Select((s, i) => new TestedShare(
                table.Length == 0 ? s.Name : $"{table}: {s.Name}", s.Claim,
                s.Evidence.Intervals.First(x => x is { Name: "judgements", Method: ShareEvidence.Method, Estimate: not null }),
                p[i],
                adjusted[i])),
        ];
    }

    /// <summary>Points and intervals around one half.</summary>
    /// <param name="rows">Number of rows.</param>
    internal static JsonObject Chart(int rows)
    {
        var chart = JsonNode.Parse("""
            {
              "encoding": { "y": { "field": "comparison", "type": "nominal", "sort": null, "title": null,
                "axis": { "labelFontSize": 11 } } },
              "layer": [
                { "mark": { "type": "rule", "strokeDash": [4, 3] }, "encoding": { "x": { "datum": 50 }, "y": null } },
                { "mark": { "type": "rule", "strokeWidth": 2 }, "encoding": {
                    "x": { "field": "lower", "type": "quantitative", "title": "win rate, percent", "scale": { "domain": [0, 100] } },
                    "x2": { "field": "upper" },
                    "color": { "field": "test", "type": "nominal", "title": null, "legend": { "orient": "top" }, "scale": {
                      "domain": ["beyond chance", "within chance after Holm", "within chance"],
                        "range": ["#1b9e77", "#c98a1b", "#8a94a0"] } } } },
                { "mark": { "type": "point", "size": 45, "opacity": 1 }, "encoding": {
                    "x": { "field": "rate", "type": "quantitative" }, "color": { "field": "test", "type": "nominal" },
                    "tooltip": [{ "field": "comparison" }, { "field": "rate" }, { "field": "lower", "format": ".1f" },
                      { "field": "upper", "format": ".1f" }, { "field": "p", "format": ".3g" },
                        { "field": "p after Holm", "format": ".3g" }] } }
              ]
            }
            """)!.AsObject();
        chart["height"] = 22 * rows;
        return chart;
    }
}

/// <summary>The picture beside the findings: which of the six comparisons of CRS Table 16 is beyond chance.</summary>
internal sealed class HeadlineFigure : IFigureSource
{
    private static readonly (string Claim, string Name)[] Pairs =
    [
        ("CRS-T16-abs_vs_pref", "abs over preference"),
        ("CRS-T16-abs_vs_crs", "abs over crs 0.25"),
        ("CRS-T16-crs_vs_pref", "crs 0.25 over preference"),
        ("CRS-T16-abs_vs_sft", "abs over sft"),
        ("CRS-T16-crs_vs_sft", "crs 0.25 over sft"),
        ("CRS-T16-pref_vs_sft", "preference over sft"),
    ];

    /// <inheritdoc/>
    public int Order => 0;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Has(Pairs.Select(p => p.Claim)))
        {
            return null;
        }

        var shares = TestedShare.Read(context, string.Empty, Pairs);
        return new Figure(
            "figure-headline",
            "Which of the thesis' comparisons are beyond chance (CRS Table 16)",
            Invariant($"Win rate of the first model over the second on 100 prompts, with the 95% exact interval. ")
                + Invariant($"{shares.Count(s => s.BeyondChance)} of {shares.Count} stay beyond chance when all {shares.Count} are ")
                + "tested together.",
            TestedShare.Chart(shares.Count),
            TestedShare.Columns,
            [.. shares.Select(s => s.Row)],
            [.. shares.Select(s => s.Claim)])
        {
            Headline = true,
        };
    }
}

/// <summary>Every comparison of two models once, against the fair coin and corrected over its table.</summary>
internal sealed class ForestPlot : IFigureSource
{
    private static readonly (string Table, string Prefix, string[] Others)[] Tables =
    [
        ("T16", "CRS-T16-", []),
        ("T11", "CRS-T11-", ["pref002_abs", "crs025_abs", "abs_crs0625"]),
        ("T10", "CRS-T10-", []),
        ("T15", "CRS-T15-", []),
        ("T20", "CRS-T20-", []),
        ("T21", "CRS-T21-", []),
    ];

    /// <inheritdoc/>
    public int Order => 90;

    /// <inheritdoc/>
    public Figure? Draw(FigureContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        // Table 11 repeats comparisons of Table 16 and its own from the other side.
        var shares = Tables.SelectMany(t => TestedShare.Read(
            context,
            t.Table,
            context.Results.Values.Where(r => r.Claim.Id.StartsWith(t.Prefix, StringComparison.Ordinal) && IsCell(r)
                    && !t.Others.Contains(r.Claim.Id[t.Prefix.Length..]))
                .OrderBy(r => r.Claim.Id, StringComparer.Ordinal)
                .Select(r => (r.Claim.Id, Name(r.Claim.Id[t.Prefix.Length..], t.Table == "T10")))))
            .ToList();
        if (shares.Count == 0)
        {
            return null;
        }

        return new Figure(
            "figure-forest",
            "Every comparison of two models against a fair coin",
            "Point: share of wins of the first model in percent; Tables 15, 20 and 21: "
                + "of the rival of preference_rlhf on 25 prompts. "
                + Invariant(
                    $"Line: 95% exact interval. {shares.Count(s => s.P < VerdictRule.Level)} of {shares.Count} differ from 50 one by one, ")
                + Invariant($"{shares.Count(s => s.BeyondChance)} when the comparisons of a table are tested together."),
            TestedShare.Chart(shares.Count),
            TestedShare.Columns,
            [.. shares.Select(s => s.Row)],
            [.. shares.Select(s => s.Claim)])
        {
            Wide = true,
        };
    }

    private static bool IsCell(ClaimResult result) =>
        result.Claim.Mode == ClaimMode.Descriptive && result.Evidence!.PValues.ContainsKey("binomial, judgements");

    // Weights are written as digits in claim ids: 025-vs-0375.
    private static string Name(string cell, bool ofWeights) => ofWeights
        ? string.Join(" over ", cell.Split("-vs-").Select(Comparisons.WeightName))
        : cell.Replace("_vs_", " over ", StringComparison.Ordinal)
            .Replace("_abs", " over abs", StringComparison.Ordinal).Replace("_crs", " over crs", StringComparison.Ordinal);
}

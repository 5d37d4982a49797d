using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Measurements of trained policies over steps, the mean over seeds with its 95 % interval.</summary>
internal static class CurveFigures
{
    private static readonly (string Name, string Title)[] Measures =
        [("quality", "true quality"), ("kl", "KL from the start policy, nats a response"), ("copy_loss", "loss of copying, nats a token")];

    private static readonly string[] Columns = ["step", "arm", "mean", "lower", "upper"];

    /// <summary>The figures of the experiments whose runs are there.</summary>
    /// <param name="inputs">Inputs of the fixture tier.</param>
    internal static IEnumerable<Figure> Draw(ExperimentInputs inputs)
    {
        AdaptiveOffline offline = new();
        AdaptiveOnline online = new();
        OnlineReference reference = new();
        KlFrontier frontier = new();
        (string, Func<long, Cell>) Offline(string name, OfflineMethod method, double noise, int truth = 1) =>
            (name, seed => offline.Cell(new OfflineArm(method, 0.25, noise, truth), seed));
        (string, Func<long, Cell>) Online(string name, OnlineMethod method) => (name, seed => online.Cell(new OnlineArm(method), seed));
        (string, Func<long, Cell>) Reference(string name, int policy, int other) =>
            (name, seed => reference.Cell(new PairSourceArm(policy, other), seed));
        return
        [
            .. Draw(inputs, offline, "steps", AdaptiveOffline.Checkpoints,
                Offline("DPO", OfflineMethod.Dpo, 0), Offline("adaptive, tokens", OfflineMethod.AdaptiveTokens, 0.5),
                Offline("adaptive, pairs", OfflineMethod.AdaptivePairs, 0.5),
                Offline("adaptive, opposite rewards", OfflineMethod.AdaptiveTokens, 0.5, -1)),
            .. Draw(inputs, online, "iterations", AdaptiveOnline.Checkpoints,
                Online("PPO", OnlineMethod.Ppo), Online("adaptive PPO", OnlineMethod.AdaptivePpo),
                Online("rejection sampling", OnlineMethod.Rejection),
                Online("adaptive rejection sampling", OnlineMethod.AdaptiveRejection)),
            .. Draw(inputs, reference, "steps", OnlineReference.Checkpoints,
                Reference("policy", 2, 0), Reference("policy and reference", 1, 1), Reference("reference", 0, 2)),
            .. Draw(inputs with { Seeds = SeedSet.Study }, frontier, "iterations", KlFrontier.Checkpoints,
                [.. KlFrontier.Arms.Select((string, Func<long, Cell>) (arm) => ($"{arm}", seed => frontier.Cell(arm, seed)))]),
        ];
    }

    private static IEnumerable<Figure> Draw(
        ExperimentInputs inputs, IExperiment experiment, string unit, IReadOnlyList<int> checkpoints,
        params (string Name, Func<long, Cell> Cell)[] arms)
    {
        if (TrainingRuns.Find(inputs.Seeds, inputs.Results, [experiment]) is not { } runs)
        {
            yield break;
        }

        foreach (var (measure, title) in Measures)
        {
            yield return new Figure(
                Invariant($"curve-{experiment.Id}-{measure}"),
                $"{experiment.Id}: {title} over {unit}",
                Invariant($"Mean over {runs.Seeds.Count} seeds; the band is its 95% t interval. Step 0 is the start policy."),
                Chart(),
                Columns,
                [.. arms.SelectMany(arm => Rows(arm.Name, runs, runs.Of(arm.Cell), checkpoints, measure))],
                [])
            {
                Mechanism = true,
            };
        }
    }

    private static IEnumerable<IReadOnlyList<object?>> Rows(
        string arm, TrainingRuns runs, IReadOnlyList<CellResult> cells, IReadOnlyList<int> checkpoints, string measure)
    {
        yield return Row(0, arm, SeedStatistics.Values(runs.Start, "start/" + measure));
        foreach (var step in checkpoints)
        {
            yield return Row(step, arm, SeedStatistics.Values(cells, Invariant($"step{step}/{measure}")));
        }
    }

    private static IReadOnlyList<object?> Row(int step, string arm, double[] values)
    {
        var interval = values.Distinct().Take(2).Count() == 1 ? new Interval(values[0], values[0])
            : TTest.Paired(values, new double[values.Length]).Interval(1 - PairedDecision.Level);
        return [step, arm, Math.Round(values.Average(), 4), Math.Round(interval.Lower, 4), Math.Round(interval.Upper, 4)];
    }

    private static JsonObject Chart() => JsonNode.Parse("""
        {
          "height": 220,
          "encoding": { "x": { "field": "step", "type": "quantitative" },
            "color": { "field": "arm", "type": "nominal", "sort": null, "title": null,
              "legend": { "orient": "bottom", "columns": 2, "labelLimit": 240 } } },
          "layer": [
            { "mark": { "type": "area", "opacity": 0.18 }, "encoding": {
                "y": { "field": "lower", "type": "quantitative", "title": null, "scale": { "zero": false } },
                "y2": { "field": "upper" } } },
            { "mark": { "type": "line", "point": true }, "encoding": { "y": { "field": "mean", "type": "quantitative" } } }
          ]
        }
        """)!.AsObject();
}

/// <summary>Maps over two assumptions: where adaptive DPO pays, and what the Schmitt trigger costs.</summary>
internal static class PhaseFigures
{
    private const string RegretClaim = "ADR-EQ12-REGRET";
    private const string RegretRow = "Schmitt over optimum, sigma ";

    private static readonly string[] Columns = ["row", "column", "value", "label"];

    /// <summary>The maps whose numbers are there.</summary>
    /// <param name="mechanisms">The claims, with the study.</param>
    internal static IEnumerable<Figure> Draw(MechanismList mechanisms)
    {
        if (mechanisms.Results.FirstOrDefault(result => result.Claim.Id == RegretClaim) is { } regret)
        {
            yield return new Figure(
                "phase-" + RegretClaim,
                "Cost of Schmitt segments over the optimum of Eq. 12, noise sigma by offset delta",
                "1 is as good as the exact optimum.",
                Chart("sigma", "delta", middle: null),
                Columns,
                [.. Regret(regret.Evidence!)],
                [RegretClaim])
            {
                Mechanism = true,
            };
        }

        foreach (var finding in mechanisms.Study.Findings.Where(finding => finding.Map.Count > 0))
        {
            yield return new Figure(
                "phase-" + finding.Experiment,
                "Gain of adaptive DPO after 20 steps in points of win rate, noise of token rewards by share of misplaced tokens",
                finding.Text,
                Chart(string.Empty, "share of misplaced tokens", middle: 0),
                Columns,
                [.. finding.Map.Select(IReadOnlyList<object?> (cell) =>
                    [cell.Row, cell.Column, Math.Round(cell.Value, 2), Invariant($"{cell.Value:+0.0;-0.0;0.0}")])],
                [])
            {
                Mechanism = true,
            };
        }
    }

    private static IEnumerable<IReadOnlyList<object?>> Regret(Evidence evidence)
    {
        foreach (var (name, value) in evidence.Recomputed.Where(one => one.Key.StartsWith(RegretRow, StringComparison.Ordinal)))
        {
            var sigma = name[RegretRow.Length..].Split(',')[0];
            foreach (var (place, number) in ((string)value).Split(' ').Index())
            {
                yield return [sigma, Invariant($"{place / 10.0:0.0}"), double.Parse(number, CultureInfo.InvariantCulture), number];
            }
        }
    }

    private static JsonObject Chart(string rowTitle, string columnTitle, double? middle)
    {
        var chart = JsonNode.Parse("""
            {
              "height": { "step": 26 },
              "encoding": {
                "x": { "field": "column", "type": "nominal", "sort": null, "axis": { "labelAngle": 0 } },
                "y": { "field": "row", "type": "nominal", "sort": null }
              },
              "layer": [
                { "mark": "rect", "encoding": { "color": { "field": "value", "type": "quantitative", "title": null } } },
                { "mark": { "type": "text", "fontSize": 10 }, "encoding": { "text": { "field": "label" }, "color": { "value": "#111" } } }
              ]
            }
            """)!.AsObject();
        chart["encoding"]!["x"]!["title"] = columnTitle;
        chart["encoding"]!["y"]!["title"] = rowTitle.Length == 0 ? null : rowTitle;
        var scale = middle is { } centre
            ? new JsonObject { ["scheme"] = "purplegreen", ["domainMid"] = centre }
            : new JsonObject { ["scheme"] = "yelloworangered" };
        chart["layer"]![0]!["encoding"]!["color"]!["scale"] = scale;
        return chart;
    }
}

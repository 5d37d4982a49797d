using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Training.Runs;

namespace Repro.Experiments.Reporting;

/// <summary>Training runs side by side on one self-contained page: curves of their metrics, the settings that differ, cost.</summary>
internal sealed class RunsPage
{
    // Points of a curve; beyond it each is the mean of several steps.
    private const int MostPoints = 200;

    private const int MostFigures = 12;

    // Above this many points of a curve its points are not marked.
    private const int MostMarks = 40;

    private static readonly string[] First =
    [
        "loss", "accuracy", "kl/mean", "scores/mean", "rewards/mean", "response_length/mean", "policy/entropy", "gradient_norm",
        "learning_rate",
    ];

    // Of one lightness, so that they can be read on white and on black.
    private static readonly string[] Colors =
        ["#2f81c9", "#d9730d", "#2a9d5c", "#c2499b", "#8a63d2", "#a88400", "#c9443a", "#5f8392"];

    private readonly Html _html = new();
    private readonly IReadOnlyList<(string Name, RunRecord Run)> _runs;
    private readonly string _folder;
    private readonly IReadOnlyList<Figure> _figures;
    private readonly IReadOnlyList<string> _other;

    /// <summary>Chooses names and figures.</summary>
    /// <param name="runs">The runs, at least one.</param>
    /// <param name="folder">Folder of the page, from which links go.</param>
    /// <param name="metrics">Metrics to draw; empty for those that matter most.</param>
    /// <exception cref="ReproException">No run has a metric that was asked for.</exception>
    internal RunsPage(IReadOnlyList<RunRecord> runs, string folder, IReadOnlyList<string> metrics)
    {
        var names = runs.Select(run => Path.GetFileName(Path.GetFullPath(run.Path))).ToList();
        _runs = [.. runs.Select((run, i) => (names.Count(name => name == names[i]) == 1 ? names[i] : run.Path, run))];
        _folder = folder;
        var known = runs.SelectMany(run => run.Lines).SelectMany(line => line.Metrics.Keys).Distinct(StringComparer.Ordinal).ToList();
        foreach (var name in metrics.Where(name => !known.Contains(name)))
        {
            throw new ReproException($"--metric {name}: no run has it; there are {string.Join(", ", known)}{Suggestion.For(name, known)}");
        }

        var held = runs.SelectMany(run => run.Lines).Where(line => line.IsEvaluation).SelectMany(line => line.Metrics.Keys);
        var chosen = metrics.Count > 0 ? metrics : [.. First.Where(known.Contains).Union(held, StringComparer.Ordinal)];
        var all = chosen.SelectMany(name => new[] { Draw(name, evaluation: true), Draw(name, evaluation: false) }).OfType<Figure>();
        _figures = [.. metrics.Count > 0 ? all : all.Where(Varies).Take(MostFigures)];
        _other = [.. known.Where(name => !_figures.Any(figure => figure.Title.StartsWith(name + ",", StringComparison.Ordinal)))];
    }

    /// <summary>The page.</summary>
    /// <param name="libraries">Scripts of the chart library, in loading order.</param>
    internal string Write(IReadOnlyList<string> libraries)
    {
        _html.Raw("<!doctype html>\n");
        _html.Element("html", "lang=\"en\"", () =>
        {
            _html.Element("head", string.Empty, () => PageParts.Head(_html, Invariant($"{_runs.Count} training runs")));
            _html.Element("body", string.Empty, () => Body(libraries));
        });
        return _html.ToString() + "\n";
    }

    private void Body(IReadOnlyList<string> libraries)
    {
        _html.Element("header", string.Empty, () =>
        {
            _html.Element("div", "class=\"title\"", () =>
            {
                _html.Element("h1", "Training runs");
                PageParts.ThemeButton(_html);
            });
            _html.Element("nav", "aria-label=\"Sections\"", () => _html.Raw(
                "<a href=\"#runs\">Runs</a> <a href=\"#curves\">Curves</a> <a href=\"#settings\">Settings that differ</a>"));
        });
        _html.Element("main", string.Empty, () =>
        {
            Section("runs", "Runs", Overview);
            Section("curves", "Curves", Curves);
            Section("settings", "Settings that differ", Settings);
        });
        PageParts.Scripts(_html, _figures, libraries);
    }

    private void Section(string id, string title, Action content) => _html.Element("section", Html.Attribute("aria-labelledby", id), () =>
    {
        _html.Element("h2", Html.Attribute("id", id), title);
        content();
    });

    private void Overview() => Table(
        "Overview of the runs",
        ["run", "stage", "state", "steps", "tokens", "seconds", "tokens/s", "rows", "hardware", "files"],
        [.. _runs.Select(run => (Action)(() => Overview(run.Name, run.Run)))]);

    private void Overview(string name, RunRecord run)
    {
        _html.Element("th", "scope=\"row\"", name);
        Cell(run.Settings.GetValueOrDefault("stage", "-"));
        Cell(run.Error is { } error ? $"failed: {error}" : run.Finished ? "finished" : "interrupted or at work");
        Number(run.Steps);
        Number(run.Tokens);
        Number(Math.Round(run.StepSeconds + run.EvaluationSeconds));
        Number(run.StepSeconds > 0 ? Math.Round(run.Tokens / run.StepSeconds) : 0);
        Cell(Rows(run));
        Cell(Hardware(run));
        _html.Element("td", string.Empty, () =>
        {
            foreach (var file
                in new[] { "card.md", "resolved.yaml", "metrics.jsonl" }.Where(file => File.Exists(Path.Combine(run.Path, file))))
            {
                _html.Element("a", Html.Attribute("href", Link(Path.Combine(run.Path, file))), file).Text(" ");
            }
        });
    }

    private static string Rows(RunRecord run)
    {
        var sets = run.Environment["data"]?["sets"] as JsonArray ?? [];
        var (train, held) = (sets.Sum(set => (long?)set!["train"] ?? 0), sets.Sum(set => (long?)set!["held_out"] ?? 0));
        return sets.Count == 0 ? "-" : Invariant($"{train:N0}, {held:N0} held out");
    }

    private static string Hardware(RunRecord run) => run.Environment["sessions"] is not JsonArray { Count: > 0 } sessions ? "-"
        : sessions[^1]!["gpus"] is JsonArray { Count: > 0 } gpus ? string.Join(", ", gpus.Select(gpu => gpu!.ToString()))
        : sessions[^1]!["processor"]?.ToString() + ", " + sessions[^1]!["threads"]?.ToString() + " threads";

    private string Link(string file)
    {
        var path = Path.GetRelativePath(_folder, file);
        return Path.IsPathRooted(path) ? new Uri(path).AbsoluteUri
            : string.Join('/', path.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
    }

    private void Curves()
    {
        _html.Element("p", "class=\"lead\"", _figures.Count == 0 ? "No run has done a step yet."
            : "A click on a run in a legend picks it out; with the shift key several.");
        _html.Element("div", "class=\"figures\"", () =>
        {
            var section = new FigureSection(_html, _figures);
            foreach (var figure in _figures)
            {
                section.Write(figure);
            }
        });
        if (_other.Count > 0)
        {
            _html.Element("p", $"Not drawn (--metric NAME draws them): {string.Join(", ", _other)}");
        }
    }

    private Figure? Draw(string name, bool evaluation)
    {
        var curves = _runs.Select(run => (run.Name, Points: run.Run.Curve(name, evaluation, MostPoints)))
            .Where(curve => curve.Points.Count > 0).ToList();
        if (curves.Count == 0)
        {
            return null;
        }

        var rows = curves
            .SelectMany(curve => curve.Points, IReadOnlyList<object?> (curve, point) => [curve.Name, point.Step, point.Value]).ToList();
        var steps = _runs.Max(run => run.Run.Lines.Count(line => line.IsEvaluation == evaluation && line.Metrics.ContainsKey(name)));
        var marks = curves.Exists(curve => curve.Points.Count > MostMarks) ? "false" : "true";
        var chart = JsonNode.Parse($$"""
            {
              "width": "container",
              "autosize": { "type": "fit-x", "contains": "padding" },
              "height": 220,
              "params": [{ "name": "picked", "select": { "type": "point", "fields": ["run"] }, "bind": "legend" }],
              "mark": { "type": "line", "strokeWidth": 1.8, "point": {{marks}} },
              "encoding": {
                "x": { "field": "step", "type": "quantitative", "title": "step", "axis": { "tickMinStep": 1, "format": "~s" } },
                "y": { "field": "value", "type": "quantitative", "title": null, "scale": { "zero": false } },
                "color": {
                  "field": "run", "type": "nominal", "title": null, "sort": null,
                  "legend": { "orient": "bottom", "columns": 2, "symbolType": "stroke", "labelLimit": 160 }
                },
                "opacity": { "condition": { "param": "picked", "value": 1 }, "value": 0.15 },
                "tooltip": [{ "field": "run" }, { "field": "step" }, { "field": "value", "format": ".5~g" }]
              }
            }
            """)!.AsObject();
        chart["encoding"]!["color"]!["scale"] = _runs.Count > Colors.Length
            ? new JsonObject { ["domain"] = Names(), ["scheme"] = "tableau20" }
            : new JsonObject { ["domain"] = Names(), ["range"] = Strings(Colors.Take(_runs.Count)) };
        var what = evaluation ? "held out" : "training";
        return new Figure(
            $"curve-{(evaluation ? "held-out" : "training")}-{name.Replace('/', '-').Replace(' ', '-')}",
            $"{name}, {what}",
            steps > MostPoints ? Invariant($"Each point is the mean of up to {(steps + MostPoints - 1) / MostPoints} steps.")
                : "Each point is one step.",
            chart,
            ["run", "step", "value"],
            rows,
            []);
    }

    // A number of rows, say, that is the same at all steps of all runs.
    private static bool Varies(Figure figure) =>
        figure.Title.StartsWith("loss,", StringComparison.Ordinal) || figure.Rows.Select(row => row[^1]).Distinct().Skip(1).Any();

    private JsonArray Names() => Strings(_runs.Select(run => run.Name));

    private static JsonArray Strings(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private void Settings()
    {
        var keys = _runs.SelectMany(run => run.Run.Settings.Keys).Distinct(StringComparer.Ordinal)
            .Where(key => _runs.Select(run => run.Run.Settings.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal).Skip(1).Any())
            .ToList();
        if (keys.Count == 0)
        {
            _html.Element("p", _runs.Count == 1 ? "There is one run only." : "All settings are the same.");
            return;
        }

        Table("Settings that differ", ["setting", .. _runs.Select(run => run.Name)], [.. keys.Select(key => (Action)(() => Setting(key)))]);
    }

    private void Setting(string key)
    {
        _html.Element("th", "scope=\"row\"", () => _html.Element("code", key));
        foreach (var (_, run) in _runs)
        {
            Cell(run.Settings.GetValueOrDefault(key, "(not there)"));
        }
    }

    private void Table(string label, IReadOnlyList<string> columns, IReadOnlyList<Action> rows)
    {
        var attributes = "class=\"scroll\" tabindex=\"0\" role=\"region\"" + Html.Attribute("aria-label", label);
        _html.Element("div", attributes, () => _html.Element("table", string.Empty, () =>
        {
            _html.Element("thead", string.Empty, () => _html.Element("tr", string.Empty, () =>
            {
                foreach (var column in columns)
                {
                    _html.Element("th", "scope=\"col\"", column);
                }
            }));
            _html.Element("tbody", string.Empty, () =>
            {
                foreach (var row in rows)
                {
                    _html.Element("tr", string.Empty, row);
                }
            });
        }));
    }

    private void Cell(string text) => _html.Element("td", text);

    private void Number(double value) => _html.Element("td", "class=\"n\"", Invariant($"{value:N0}"));
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>Everything the page shows.</summary>
/// <param name="Results">Results in catalogue order, all with a verdict.</param>
/// <param name="Sections">The section of each claim.</param>
/// <param name="Errata">Ranked errata.</param>
/// <param name="Figures">Figures drawn from the evidence.</param>
/// <param name="ByCause">What was found by cause, or null where altered inputs leave it open.</param>
/// <param name="Commit">Commit of the checkout, or null outside version control.</param>
/// <param name="Mechanisms">The mechanism claims by experiment.</param>
internal sealed record ReportData(
    IReadOnlyList<ClaimResult> Results,
    PaperSections Sections,
    IReadOnlyList<Erratum> Errata,
    IReadOnlyList<Figure> Figures,
    ErrataPage? ByCause,
    string? Commit,
    MechanismList Mechanisms);

/// <summary>The report as one self-contained HTML page: nothing is loaded at view time, tables are readable without scripts.</summary>
/// <param name="data">What to show.</param>
/// <param name="libraries">Scripts of the chart library, in loading order.</param>
internal sealed class ReportPage(ReportData data, IReadOnlyList<string> libraries)
{
    private readonly Html _html = new();

    /// <summary>The page.</summary>
    internal string Write()
    {
        _html.Raw("<!doctype html>\n");
        _html.Element("html", "lang=\"en\"", () =>
        {
            _html.Element("head", string.Empty, () => PageParts.Head(_html, "Repro: claims of two RLHF papers, verified"));
            _html.Element("body", string.Empty, Body);
        });
        return _html.ToString() + "\n";
    }

    private void Body()
    {
        _html.Raw("<a class=\"skip\" href=\"#claims\">Skip to the claims</a>");
        _html.Element("header", string.Empty, Header);
        _html.Element("main", string.Empty, () =>
        {
            var figures = new FigureSection(_html, data.Figures);
            if (data.ByCause is not null)
            {
                new FindingsSection(_html, data.ByCause, figures).Write();
            }

            figures.Write();
            new MechanismSection(_html, data.Mechanisms, data.Figures).Write();
            new VerdictMatrix(_html, data).Write();
            new ErrataSection(_html, data.Errata).Write();
            new ClaimSection(_html, data).Write();
        });
        _html.Element("footer", string.Empty, Footer);
        PageParts.Scripts(_html, data.Figures, libraries);
        _html.Element("script", string.Empty, () => _html.Raw(PageParts.Asset("report.js")));
    }

    private void Footer()
    {
        var files = data.Results.SelectMany(r => r.Evidence!.Files).Distinct().OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        _html.Element("p", Invariant($"Recomputed from {files.Count} input files")
            + (data.Commit is null ? "." : $", commit {data.Commit}.") + " Printed values were read from text conversions of the papers.");
        _html.Raw("<details>").Element("summary", "Input files and their hashes");
        PageParts.Table(_html, "Input files", ["file", "SHA-256"], files.Select(IReadOnlyList<string> (f) => [f.Path, f.Sha256]));
        _html.Raw("</details>");
    }

    private void Header()
    {
        _html.Element("div", "class=\"title\"", () =>
        {
            _html.Element("h1", "Repro");
            PageParts.ThemeButton(_html);
        });
        var counts = VerdictCounts.Count(data.Results);
        var contradicted = counts.Published.GetValueOrDefault(Verdict.Contradicted);
        var holding = counts.Published.GetValueOrDefault(Verdict.Holds) + counts.Published.GetValueOrDefault(Verdict.HoldsWithinRounding);
        _html.Element("p", "class=\"lead\"", Invariant($"{counts.Published.Values.Sum()} published claims of two RLHF papers, ")
            + Invariant($"recomputed from released data and printed tables, or run again on small cases. ")
            + Invariant($"{holding} hold, {contradicted} are contradicted. ")
            + Invariant($"{counts.Findings.Values.Sum()} findings of ours are counted apart."));
        _html.Element("nav", "aria-label=\"Sections\"", () =>
        {
            foreach (var (id, name) in new[]
            {
                ("findings", "Findings"), ("figures", "Figures"), ("mechanisms", "Mechanisms"), ("matrix", "Verdicts"),
                ("errata", "Errata"),
                ("claims", "All claims"),
            }.Where(link => link.Item1 != "findings" || data.ByCause is not null))
            {
                _html.Element("a", Html.Attribute("href", $"#{id}"), name).Text(" ");
            }
        });
        _html.Element("ul", "class=\"totals\" aria-label=\"Verdict counts of published claims\"", () =>
        {
            foreach (var verdict in VerdictText.All)
            {
                _html.Element("li", Html.Attribute("class", VerdictText.CssClass(verdict)), () =>
                {
                    _html.Element("strong", Invariant($"{counts.Published.GetValueOrDefault(verdict)}"));
                    _html.Element("span", $"{VerdictText.Symbol(verdict)} {VerdictText.Label(verdict)}");
                });
            }
        });
    }
}

/// <summary>What every page of ours has: its head with the style, the button for light and dark, and the scripts that draw
/// figures.</summary>
internal static class PageParts
{
    internal static void Head(Html html, string title)
    {
        html.Raw("<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Raw("<meta name=\"color-scheme\" content=\"light dark\">");
        html.Raw("<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E");
        html.Raw("%3Crect width='16' height='16' rx='4' fill='%230b6e4f'/%3E");
        html.Raw("%3Cpath d='M4 8l3 3 5-6' stroke='%23fff' stroke-width='2' fill='none'/%3E%3C/svg%3E\">");
        html.Element("title", title);
        html.Element("style", string.Empty, () => html.Raw(Asset("report.css")));
    }

    internal static void ThemeButton(Html html) =>
        html.Raw("<button type=\"button\" id=\"theme\" aria-label=\"Switch between light and dark\" hidden>◑</button>");

    /// <summary>The data of the figures, the chart library and what draws with it.</summary>
    internal static void Scripts(Html html, IReadOnlyList<Figure> figures, IReadOnlyList<string> libraries)
    {
        html.Element("script", "type=\"application/json\" id=\"figure-data\"", () => html.Raw(FigureJson(figures)));
        foreach (var library in libraries)
        {
            html.Element(
                "script", string.Empty, () => html.Raw(library.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)));
        }

        html.Element("script", string.Empty, () => html.Raw(Asset("charts.js")));
    }

    internal static string Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Repro.Experiments.Reporting.Assets.{name}")
            ?? throw new InvalidOperationException($"embedded asset {name} is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>A table that scrolls sideways within its own box.</summary>
    internal static void Table(Html html, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        html.Raw($"<div class=\"scroll\" tabindex=\"0\" role=\"region\"{Html.Attribute("aria-label", caption)}><table><thead><tr>");
        foreach (var column in columns)
        {
            html.Element(column.Length == 0 ? "td" : "th", column.Length == 0 ? string.Empty : "scope=\"col\"", column);
        }

        html.Raw("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Raw("<tr>");
            foreach (var cell in row)
            {
                html.Element("td", cell);
            }

            html.Raw("</tr>");
        }

        html.Raw("</tbody></table></div>");
    }

    private static string FigureJson(IReadOnlyList<Figure> shown)
    {
        // A chart that several figures share, but for their height, stands once.
        var (charts, places, figures) = (new JsonArray(), new Dictionary<string, int>(StringComparer.Ordinal), new JsonObject());
        foreach (var figure in shown)
        {
            var chart = figure.Chart.DeepClone().AsObject();
            chart.Remove("height", out var height);
            if (!places.TryGetValue(chart.ToJsonString(), out var place))
            {
                place = places[chart.ToJsonString()] = charts.Count;
                charts.Add(chart);
            }

            figures[figure.Id] = new JsonObject { ["chart"] = place, ["height"] = height, ["values"] = figure.Records() };
        }

        // The default encoder escapes angle brackets, so the text cannot close its script element.
        return new JsonObject { ["charts"] = charts, ["figures"] = figures }.ToJsonString(new JsonSerializerOptions());
    }
}

/// <summary>The scripts of Vega, Vega-Lite and vega-embed, as npm installed them beside the report's assets.</summary>
internal static class ChartLibrary
{
    private static readonly string[] Scripts =
        ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js"];

    /// <summary>The scripts in loading order.</summary>
    /// <param name="root">Root of the repository.</param>
    /// <exception cref="ReproException">They are not installed.</exception>
    internal static IReadOnlyList<string> Load(string root)
    {
        var modules = Path.Combine(root, "src", "Repro.Experiments", "Reporting", "Assets", "node_modules");
        return
        [
            .. Scripts.Select(name =>
            {
                var path = Path.Combine(modules, name);
                return File.Exists(path)
                    ? WithoutSourceMap(File.ReadAllText(path))
                    : throw new ReproException($"{path}: the chart library is not installed; `make report` installs it (npm ci)");
            }),
        ];
    }

    // The page must load nothing, not even a source map that a browser's tools would ask for.
    private static string WithoutSourceMap(string script)
    {
        var at = script.LastIndexOf("//# sourceMappingURL=", StringComparison.Ordinal);
        return at < 0 ? script : script[..at];
    }
}

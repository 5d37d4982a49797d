using System.Globalization;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>All claims with filters: published and recomputed values, intervals, explanation, provenance and the command that reruns
/// each.</summary>
/// <param name="html">The page.</param>
/// <param name="data">What to show.</param>
internal sealed class ClaimSection(Html html, ReportData data)
{
    internal void Write() => html.Element("section", "id=\"claims\" aria-labelledby=\"claims-title\"", () =>
    {
        html.Element("h2", "id=\"claims-title\"", "All claims");
        html.Element("form", "id=\"filters\" aria-label=\"Filter claims\" hidden", Filters);
        html.Element("p", "id=\"shown\" role=\"status\"", $"{data.Results.Count} claims");
        foreach (var result in data.Results)
        {
            Card(result);
        }
    });

    private void Filters()
    {
        Select("paper", "Paper", data.Results.Select(r => r.Claim.Paper.ToString().ToUpperInvariant()));
        Select("kind", "Kind", data.Results.Select(r => r.Claim.Kind.ToString().ToLowerInvariant()));
        Select("class", "Class", data.Results.Select(r => r.Claim.Class.ToString().ToLowerInvariant()));
        Select("verdict", "Verdict", data.Results.Select(r => r.Verdict.ToString()!));
        html.Element("label", string.Empty, () => html.Text("Text ").Raw("<input type=\"search\" name=\"text\" autocomplete=\"off\">"));
        html.Raw("<button type=\"reset\">Clear</button>");
    }

    private void Select(string name, string label, IEnumerable<string> values) => html.Element("label", string.Empty, () =>
    {
        html.Text($"{label} ");
        html.Element("select", Html.Attribute("name", name), () =>
        {
            html.Element("option", "value=\"\"", "all");
            foreach (var value in values.Distinct().Order(StringComparer.Ordinal))
            {
                html.Element("option", Html.Attribute("value", value), value);
            }
        });
    });

    private void Card(ClaimResult result)
    {
        var claim = result.Claim;
        var attributes = Html.Attribute("class", $"claim {VerdictText.CssClass(result.Verdict!.Value)}") + Html.Attribute("id", claim.Id)
            + Html.Attribute("data-paper", claim.Paper.ToString().ToUpperInvariant()) + Html
                .Attribute("data-kind", claim.Kind.ToString().ToLowerInvariant())
            + Html.Attribute("data-class", claim.Class.ToString().ToLowerInvariant()) + Html
                .Attribute("data-verdict", result.Verdict.ToString()!);
        html.Element("details", attributes, () =>
        {
            html.Element("summary", string.Empty, () =>
            {
                VerdictText.Chip(html, result.Verdict.Value);
                html.Text(" ").Element("span", "class=\"id\"", claim.Id).Text(" ").Element("span", "class=\"where\"", claim.Locator);
                html.Element("span", "class=\"statement\"", claim.Statement);
            });
            html.Element("p", "class=\"explanation\"", result.Evidence!.Explanation);
            Findings(result.Evidence);
            Numbers(result.Evidence);
            Provenance(claim, result.Evidence);
        });
    }

    private void Findings(Evidence evidence) =>
        Table("Checks", ["check", "outcome", "printed", "recomputed", "detail"], evidence.Findings.Select(IReadOnlyList<string> (f) =>
        [f.Name, Outcome(f.Outcome), f.Published ?? string.Empty, f.Recomputed is { } r ? Html.Number(r) : string.Empty, f.Detail]));

    private static string Outcome(Outcome outcome) => outcome switch
    {
        Claims.Outcome.Agrees => "agrees",
        Claims.Outcome.AgreesWithinRounding => "agrees within rounding",
        Claims.Outcome.Disagrees => "disagrees",
        Claims.Outcome.Undecided => "undecided",
        Claims.Outcome.Reservation => "reservation",
        _ => "absent",
    };

    private void Numbers(Evidence evidence)
    {
        var rows = evidence.Recomputed.Select(
            IReadOnlyList<string> (v) =>
                [v.Key, v.Value is double d ? Html.Number(d) : Convert.ToString(v.Value, CultureInfo.InvariantCulture)!])
            .Concat(evidence.SampleSizes.Select(IReadOnlyList<string> (n) => [$"n ({n.Key})", Invariant($"{n.Value}")]))
            .Concat(
                evidence.Intervals.Select(
                    IReadOnlyList<string> (i) =>
                        [Invariant($"{i.Level * 100:0.#}% interval ({i.Name}, {i.Method})"),
                            $"{Html.Number(i.Lower)} to {Html.Number(i.Upper)}"]))
            .Concat(evidence.PValues.Select(IReadOnlyList<string> (p) => [$"p ({p.Key})", Html.Number(p.Value)]))
            .Concat(evidence.Seeds.Select(IReadOnlyList<string> (s) => ["seed", Invariant($"{s}")]))
            .ToList();
        if (rows.Count > 0)
        {
            Table("Numbers", ["name", "value"], rows);
        }
    }

    private void Provenance(Claim claim, Evidence evidence)
    {
        html.Element("dl", string.Empty, () =>
        {
            var origin = claim.Class == ClaimClass.Published ? "published" : "a finding of ours";
            var family = claim.Family is null ? string.Empty : $", corrected over {claim.Family}";
            html.Element("dt", "Kind of statement")
                .Element("dd", $"{origin}, {claim.Mode.ToString().ToLowerInvariant()}{family}");
            if (claim.Published is not null)
            {
                html.Element("dt", "Printed").Element("dd", claim.Published);
            }

            if (claim.Procedure is not null)
            {
                html.Element("dt", "Procedure").Element("dd", claim.Procedure);
            }

            if (claim.Note is not null)
            {
                html.Element("dt", "Note").Element("dd", claim.Note);
            }

            html.Element("dt", "Rerun").Element(
                "dd", string.Empty, () => html.Element("code", $"dotnet run --project src/Repro.Experiments -- verify --claim {claim.Id}"));
            foreach (var file in evidence.Files)
            {
                // The foot of the page has each whole hash once.
                html.Element("dt", "Input").Element("dd", string.Empty, () => html.Element("code", file.Path).Text(" ")
                    .Element("code", "class=\"hash\"", $"sha256 {file.Sha256[..12]}"));
            }
        });
    }

    private void Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        PageParts.Table(html, caption, columns, rows);
}

using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>The ranked errata.</summary>
/// <param name="html">The page.</param>
/// <param name="errata">Ranked errata.</param>
internal sealed class ErrataSection(Html html, IReadOnlyList<Erratum> errata)
{
    internal void Write() => html.Element("section", "id=\"errata\" aria-labelledby=\"errata-title\"", () =>
    {
        html.Element("h2", "id=\"errata-title\"", "Errata, heaviest first");
        html.Element("p", "Contradicted and qualified statements, ranked by how much hangs on them. The same list, written for the authors, is in ERRATA.md.");
        Table("Contradicted", errata.Where(e => e.Result.Verdict == Verdict.Contradicted));
        html.Element("details", string.Empty, () =>
        {
            html.Element("summary", $"Qualified: {errata.Count(e => e.Result.Verdict == Verdict.Qualified)} statements that hold with a reservation");
            Table("Qualified", errata.Where(e => e.Result.Verdict == Verdict.Qualified));
        });
    });

    private void Table(string name, IEnumerable<Erratum> rows) => html.Element("div", "class=\"scroll\" tabindex=\"0\" role=\"region\"" + Html.Attribute("aria-label", $"{name} statements"), () =>
        html.Element("table", "class=\"errata\"", () =>
        {
            html.Element("thead", string.Empty, () => html.Element("tr", string.Empty, () =>
                html.Element("th", "scope=\"col\"", "Claim").Element("th", "scope=\"col\"", "Where").Element("th", "scope=\"col\"", "Printed").Element("th", "scope=\"col\"", "What the check gives")));
            html.Element("tbody", string.Empty, () =>
            {
                foreach (var erratum in rows)
                {
                    var claim = erratum.Result.Claim;
                    html.Element("tr", string.Empty, () =>
                    {
                        html.Element("td", string.Empty, () => html.Element("a", Html.Attribute("href", $"#{claim.Id}"), claim.Id));
                        html.Element("td", claim.Locator).Element("td", claim.Published ?? claim.Statement).Element("td", erratum.Result.Evidence!.Explanation);
                    });
                }
            });
        }));
}

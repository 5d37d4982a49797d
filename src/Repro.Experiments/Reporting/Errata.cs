using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>A printed statement that the evidence contradicts or qualifies.</summary>
/// <param name="Result">The result it comes from.</param>
/// <param name="Section">Section of the paper.</param>
/// <param name="Weight">How much hangs on it; larger is heavier.</param>
internal sealed record Erratum(ClaimResult Result, string Section, int Weight);

/// <summary>Collects and ranks errata.</summary>
internal static class ErrataList
{
    /// <summary>
    /// Contradicted and qualified published claims, heaviest first: those of the static tier and, of the mechanisms, the exact checks. What
    /// a simulation or a small training run contradicts is no slip of print. The weight is that of the verdict (contradicted 3, qualified
    /// 1) times that of the place: 3 for abstract, results and conclusions, 2 for set-up and appendix, 1 for background and what only the
    /// release holds.
    /// </summary>
    /// <param name="results">Results of both papers.</param>
    /// <param name="sections">The section of each claim.</param>
    public static IReadOnlyList<Erratum> Collect(IEnumerable<ClaimResult> results, PaperSections sections)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(sections);
        return
        [
            .. results
                .Where(r => Concerns(r.Claim))
                .Where(r => r.Claim.Class == ClaimClass.Published && (r.Verdict is Verdict.Contradicted or Verdict.Qualified))
                .Select(r => new Erratum(r, sections.Of(r.Claim), Weight(r, sections.Of(r.Claim))))
                .OrderByDescending(e => e.Weight)
                .ThenBy(e => e.Result.Claim.Paper)
                .ThenBy(e => PaperSections.Order(e.Section))
                .ThenBy(e => e.Section, StringComparer.Ordinal)
                .ThenBy(e => e.Result.Claim.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a claim can be a slip of print.</summary>
    /// <param name="claim">The claim.</param>
    public static bool Concerns(Claim claim) => claim.Tier == Tier.Static || claim.Mode == ClaimMode.Descriptive;

    private static int Weight(ClaimResult result, string section)
    {
        var verdict = result.Verdict == Verdict.Contradicted ? 3 : 1;
        var place = section switch
        {
            "Abstract" => 3,
            "Appendix" => 2,
            "Release" => 1,
            _ when result.Claim.Paper == Paper.Adr => section is "1" or "2" ? 1 : 3,
            _ => section[0] switch
            {
                '6' or '7' or '8' => 3,
                '5' => 2,
                _ => 1,
            },
        };
        return verdict * place;
    }
}

/// <summary>The ranked errata.</summary>
/// <param name="html">The page.</param>
/// <param name="errata">Ranked errata.</param>
internal sealed class ErrataSection(Html html, IReadOnlyList<Erratum> errata)
{
    internal void Write() => html.Element("section", "id=\"errata\" aria-labelledby=\"errata-title\"", () =>
    {
        html.Element("h2", "id=\"errata-title\"", "Errata, heaviest first");
        html.Element(
            "p",
            "Contradicted and qualified statements, ranked by how much hangs on them. "
                + "ERRATA.md has them by cause, written for the authors.");
        Table("Contradicted", errata.Where(e => e.Result.Verdict == Verdict.Contradicted));
        html.Element("details", string.Empty, () =>
        {
            html.Element(
                "summary",
                $"Qualified: {errata.Count(e => e.Result.Verdict == Verdict.Qualified)} statements that hold with a reservation");
            Table("Qualified", errata.Where(e => e.Result.Verdict == Verdict.Qualified));
        });
    });

    private void Table(string name, IEnumerable<Erratum> rows) =>
        html.Element("div", "class=\"scroll\" tabindex=\"0\" role=\"region\"" + Html.Attribute("aria-label", $"{name} statements"), () =>
        html.Element("table", "class=\"errata\"", () =>
        {
            html.Element("thead", string.Empty, () => html.Element("tr", string.Empty, () =>
                html.Element("th", "scope=\"col\"", "Claim").Element("th", "scope=\"col\"", "Where")
                    .Element("th", "scope=\"col\"", "Printed").Element("th", "scope=\"col\"", "What the check gives")));
            html.Element("tbody", string.Empty, () =>
            {
                foreach (var erratum in rows)
                {
                    var claim = erratum.Result.Claim;
                    html.Element("tr", string.Empty, () =>
                    {
                        html.Element("td", string.Empty, () => html.Element("a", Html.Attribute("href", $"#{claim.Id}"), claim.Id));
                        html.Element("td", claim.Locator).Element("td", claim.Published ?? claim.Statement)
                            .Element("td", erratum.Result.Evidence!.Explanation);
                    });
                }
            });
        }));
}

using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>Verdict counts by paper, section and kind. Each number links to its claims.</summary>
/// <param name="html">The page.</param>
/// <param name="data">What to show.</param>
internal sealed class VerdictMatrix(Html html, ReportData data)
{
    internal void Write() => html.Element("section", "id=\"matrix\" aria-labelledby=\"matrix-title\"", () =>
    {
        html.Element("h2", "id=\"matrix-title\"", "Verdicts by section and kind");
        foreach (var paper in data.Results.GroupBy(r => r.Claim.Paper).OrderBy(g => g.Key))
        {
            Table(paper.Key, [.. paper]);
        }
    });

    private void Table(Paper paper, IReadOnlyList<ClaimResult> results) =>
        html.Element(
            "div",
            "class=\"scroll\" tabindex=\"0\" role=\"region\""
                + Html.Attribute("aria-label", $"Verdicts of {paper.ToString().ToUpperInvariant()}"),
            () =>
        html.Element("table", "class=\"matrix\"", () =>
        {
            html.Element("caption", PaperTitle.For(paper));
            html.Element("thead", string.Empty, () => html.Element("tr", string.Empty, () =>
            {
                html.Element("th", "scope=\"col\"", "Section").Element("th", "scope=\"col\"", "Kind");
                foreach (var verdict in VerdictText.All)
                {
                    html.Element(
                        "th",
                        "scope=\"col\" class=\"n\"",
                        () =>
                            html.Element(
                                "span",
                                Html.Attribute("class", $"dot {VerdictText.CssClass(verdict)}") + " aria-hidden=\"true\"",
                                VerdictText.Symbol(verdict)).Text($" {VerdictText.Label(verdict)}"));
                }

                html.Element("th", "scope=\"col\" class=\"n\"", "All");
            }));
            html.Element("tbody", string.Empty, () =>
            {
                foreach (var section
                    in results.GroupBy(r => data.Sections.Of(r.Claim)).OrderBy(g => PaperSections.Order(g.Key))
                        .ThenBy(g => g.Key, StringComparer.Ordinal))
                {
                    var kinds = section.GroupBy(r => r.Claim.Kind).OrderBy(g => g.Key).ToList();
                    for (var i = 0; i < kinds.Count; i++)
                    {
                        Row(section.Key, i == 0 ? kinds.Count : 0, kinds[i].Key, [.. kinds[i]]);
                    }
                }
            });
        }));

    private void Row(string section, int span, ClaimKind kind, IReadOnlyList<ClaimResult> results) => html.Element("tr", string.Empty, () =>
    {
        if (span > 0)
        {
            html.Element("th", Invariant($"scope=\"rowgroup\" rowspan=\"{span}\""), section);
        }

        html.Element("td", kind.ToString().ToLowerInvariant());
        foreach (var verdict in VerdictText.All)
        {
            var matching = results.Where(r => r.Verdict == verdict).ToList();
            html.Element("td", "class=\"n\"", () =>
            {
                if (matching.Count > 0)
                {
                    html.Element(
                        "a",
                        Html.Attribute("class", $"count {VerdictText.CssClass(verdict)}")
                            + Html.Attribute("href", $"#{matching[0].Claim.Id}")
                        + Html.Attribute("data-ids", string.Join(' ', matching.Select(m => m.Claim.Id)))
                        + Html.Attribute("aria-label", $"{matching.Count} {VerdictText.Label(verdict)} in {section}, {kind}"),
                        $"{matching.Count}");
                }
            });
        }

        html.Element("td", "class=\"n\"", $"{results.Count}");
    });
}

/// <summary>How verdicts read and look on the page: never by colour alone.</summary>
internal static class VerdictText
{
    /// <summary>All verdicts in the order of the matrix.</summary>
    internal static IReadOnlyList<Verdict> All { get; } = Enum.GetValues<Verdict>();

    internal static string Label(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "Holds",
        Verdict.HoldsWithinRounding => "Holds within rounding",
        Verdict.Qualified => "Qualified",
        Verdict.Contradicted => "Contradicted",
        Verdict.Inconclusive => "Inconclusive",
        _ => "Not run",
    };

    internal static string Symbol(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "✓",
        Verdict.HoldsWithinRounding => "≈",
        Verdict.Qualified => "◐",
        Verdict.Contradicted => "✗",
        Verdict.Inconclusive => "?",
        _ => "–",
    };

    internal static string CssClass(Verdict verdict) => $"v-{verdict.ToString().ToLowerInvariant()}";

    internal static void Chip(Html html, Verdict verdict) =>
        html.Element(
            "span",
            Html.Attribute("class", $"chip {CssClass(verdict)}"),
            () => html.Element("span", Html.Attribute("aria-hidden", "true"), Symbol(verdict)).Text($" {Label(verdict)}"));
}

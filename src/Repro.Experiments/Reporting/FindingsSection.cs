namespace Repro.Experiments.Reporting;

/// <summary>What the page opens with: what was found, in plain words and with a picture.</summary>
/// <param name="html">The page.</param>
/// <param name="errata">Findings and what holds, by cause.</param>
/// <param name="figures">The figures, of which the headline is shown here.</param>
internal sealed class FindingsSection(Html html, ErrataPage errata, FigureSection figures)
{
    private const int MostLinks = 4;

    internal void Write() => html.Element("section", "id=\"findings\" aria-labelledby=\"findings-title\"", () =>
    {
        html.Element("h2", "id=\"findings-title\"", "What was found");
        html.Element("div", "class=\"opening\"", () =>
        {
            html.Element("div", string.Empty, Holds);
            figures.WriteHeadline();
        });
        html.Element("h3", "What the papers could say instead");
        html.Element("ol", "class=\"findings\"", () =>
        {
            foreach (var entry in errata.Entries.Where(e => e.Text.Group == ErrataGroup.Top))
            {
                html.Element("li", string.Empty, () => Entry(entry));
            }
        });
    });

    private void Holds()
    {
        html.Element("h3", "What holds");
        html.Element("ul", string.Empty, () =>
        {
            foreach (var remark in errata.Causes.Holds)
            {
                html.Element("li", string.Empty, () =>
                {
                    html.Text(remark.Text + " ");
                    Links(remark.Claims);
                });
            }
        });
    }

    private void Entry(ErrataEntry entry)
    {
        var text = entry.Text;
        html.Element("p", "class=\"finding\"", text.Replacement);
        html.Element("p", "class=\"why\"", $"{text.Place}. Printed: {text.Printed}. {text.Data}");
        html.Element("p", "class=\"why\"", () =>
        {
            html.Text($"Changes a conclusion: {text.Conclusion}. How sure: {text.Certainty}. ");
            Links([.. entry.Claims.Select(c => c.Claim.Id)]);
        });
    }

    private void Links(IReadOnlyList<string> claims)
    {
        foreach (var id in claims.Take(MostLinks))
        {
            html.Element("a", Html.Attribute("href", $"#{id}"), id).Text(" ");
        }

        if (claims.Count > MostLinks)
        {
            html.Text(Invariant($"and {claims.Count - MostLinks} more"));
        }
    }
}

namespace Repro.Experiments.Reporting;

/// <summary>The figures, each with the table it is drawn from.</summary>
/// <param name="html">The page.</param>
/// <param name="figures">The figures.</param>
internal sealed class FigureSection(Html html, IReadOnlyList<Figure> figures)
{
    internal void Write() => html.Element("section", "id=\"figures\" aria-labelledby=\"figures-title\"", () =>
    {
        html.Element("h2", "id=\"figures-title\"", "Figures from the evidence");
        html.Element("div", "class=\"figures\"", () =>
        {
            foreach (var figure in figures)
            {
                Write(figure);
            }
        });
    });

    private void Write(Figure figure) => html.Element("figure", Html.Attribute("id", figure.Id) + (figure.Wide ? Html.Attribute("class", "wide") : string.Empty), () =>
    {
        html.Element("h3", figure.Title);
        html.Element("div", Html.Attribute("class", "chart") + Html.Attribute("data-figure", figure.Id) + " role=\"img\" tabindex=\"0\"" + Html.Attribute("aria-label", figure.Title), string.Empty);
        html.Element("figcaption", figure.Caption);
        html.Element("details", string.Empty, () =>
        {
            html.Element("summary", "Data and claims");
            html.Element("p", string.Empty, () =>
            {
                html.Text("From ");
                foreach (var id in figure.Claims)
                {
                    html.Element("a", Html.Attribute("href", $"#{id}"), id).Text(" ");
                }
            });
            html.Element("div", "class=\"scroll\" tabindex=\"0\" role=\"region\"" + Html.Attribute("aria-label", $"Data of {figure.Title}"), () => html.Element("table", string.Empty, () => Table(figure)));
        });
    });

    private void Table(Figure figure)
    {
        html.Element("thead", string.Empty, () => html.Element("tr", string.Empty, () =>
        {
            foreach (var column in figure.Columns)
            {
                html.Element("th", "scope=\"col\"", column);
            }
        }));
        html.Element("tbody", string.Empty, () =>
        {
            foreach (var row in figure.Rows)
            {
                html.Element("tr", string.Empty, () =>
                {
                    foreach (var cell in row)
                    {
                        html.Element("td", cell is double d ? Html.Number(d) : cell?.ToString() ?? string.Empty);
                    }
                });
            }
        });
    }
}

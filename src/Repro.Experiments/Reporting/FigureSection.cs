using System.Text.Json.Nodes;

namespace Repro.Experiments.Reporting;

/// <summary>A chart with the table it is drawn from.</summary>
/// <param name="Id">Anchor on the page.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How to read it, in one or two sentences.</param>
/// <param name="Chart">Vega-Lite specification without data and width.</param>
/// <param name="Columns">Column names of the data.</param>
/// <param name="Rows">The data: numbers, strings or nulls in the order of the columns.</param>
/// <param name="Claims">Ids of the claims whose evidence it draws.</param>
internal sealed record Figure(
    string Id,
    string Title,
    string Caption,
    JsonObject Chart,
    IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<object?>> Rows,
    IReadOnlyList<string> Claims)
{
    /// <summary>Whether the figure takes the whole width of the page.</summary>
    public bool Wide { get; init; }

    /// <summary>Whether it is shown beside the findings instead of among the figures.</summary>
    public bool Headline { get; init; }

    /// <summary>Whether it is shown with the claim that it draws, in a part on mechanisms, instead of among the figures.</summary>
    public bool Mechanism { get; init; }

    /// <summary>The data as a list of records, as Vega-Lite takes it.</summary>
    public JsonArray Records() =>
    [
        .. Rows.Select(row => (JsonNode)new JsonObject(Columns.Select((c, i) => KeyValuePair.Create(c, row[i] switch
        {
            null => null,
            double d => JsonValue.Create(d),
            int n => JsonValue.Create(n),
            long n => JsonValue.Create(n),
            bool b => JsonValue.Create(b),
            var other => (JsonNode?)JsonValue.Create(other.ToString()),
        })))),
    ];
}

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
            foreach (var figure in figures.Where(f => f is { Headline: false, Mechanism: false }))
            {
                Write(figure);
            }
        });
    });

    /// <summary>Writes the figure beside the findings, if it is there.</summary>
    internal void WriteHeadline()
    {
        foreach (var figure in figures.Where(f => f.Headline))
        {
            Write(figure);
        }
    }

    internal void Write(Figure figure, string heading = "h3") => html.Element("figure", Attributes(figure), () =>
    {
        html.Element(heading, figure.Title);
        html.Element(
            "div",
            Html.Attribute("class", "chart") + Html.Attribute("data-figure", figure.Id) + " role=\"img\" tabindex=\"0\""
                + Html.Attribute("aria-label", figure.Title),
            string.Empty);
        html.Element("figcaption", figure.Caption);
        html.Element("details", string.Empty, () =>
        {
            html.Element("summary", figure.Claims.Count > 0 ? "Data and claims" : "Data");
            Claims(figure);
            PageParts.Table(
                html, $"Data of {figure.Title}", figure.Columns, figure.Rows.Select(IReadOnlyList<string> (row) => [.. row.Select(Cell)]));
        });
    });

    private static string Attributes(Figure figure) =>
        Html.Attribute("id", figure.Id) + (figure.Wide ? Html.Attribute("class", "wide") : string.Empty);

    private void Claims(Figure figure)
    {
        if (figure.Claims.Count == 0)
        {
            return;
        }

        html.Element("p", string.Empty, () =>
        {
            html.Text("From ");
            foreach (var id in figure.Claims)
            {
                html.Element("a", Html.Attribute("href", $"#{id}"), id).Text(" ");
            }
        });
    }

    private static string Cell(object? cell) => cell is double d ? Html.Number(d) : cell?.ToString() ?? string.Empty;
}

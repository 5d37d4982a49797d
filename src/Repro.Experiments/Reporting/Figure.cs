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
public sealed record Figure(
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

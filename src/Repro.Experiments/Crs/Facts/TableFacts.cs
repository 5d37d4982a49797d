using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>
/// A released table of numbers and names. Columns that hold prose (<c>meaning</c>, <c>notebook_cell</c>) are left out; where a meaning
/// lists the models of a set of responses, the list is kept as a column <c>models</c>.
/// </summary>
/// <param name="Columns">Column names; an unnamed column is called <c>name</c>.</param>
/// <param name="Rows">Cells as text, one list for each row.</param>
internal sealed partial record TableFacts(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows) : IFacts<TableFacts>
{
    private static readonly string[] Prose = ["meaning", "notebook_cell"];

    /// <inheritdoc/>
    public static TableFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var rows = file.Csv();
        if (rows.Count == 0)
        {
            throw new ReproException($"{file.Path}:2: expected at least one row below the header");
        }

        var columns = rows[0].Keys.Where(c => !Prose.Contains(c)).ToList();
        var models = rows.Select(r => r.TryGetValue("meaning", out var meaning) ? Models(meaning) : string.Empty).ToList();
        var withModels = models.Any(m => m.Length > 0);
        return new TableFacts(
            [.. columns.Select(c => c.Length == 0 ? "name" : c), .. withModels ? ["models"] : Array.Empty<string>()],
            [
                .. rows.Select(
                    IReadOnlyList<string> (r, i) => [.. columns.Select(c => r[c]), .. withModels ? [models[i]] : Array.Empty<string>()]),
            ]);
    }

    /// <summary>Index of a column.</summary>
    /// <param name="column">Column name.</param>
    /// <exception cref="ReproException">There is no such column.</exception>
    public int IndexOf(string column)
    {
        var index = Columns.ToList().IndexOf(column);
        return index >= 0 ? index : throw new ReproException($"no column '{column}' among {string.Join(", ", Columns)}");
    }

    /// <summary>The only row whose key column has a value.</summary>
    /// <param name="keyColumn">Column to look in.</param>
    /// <param name="key">Value to look for.</param>
    /// <exception cref="ReproException">There is none, or more than one.</exception>
    public IReadOnlyList<string> Row(string keyColumn, string key)
    {
        var index = IndexOf(keyColumn);
        var found = Rows.Where(r => r[index] == key).ToList();
        return found.Count == 1 ? found[0] : throw new ReproException($"expected one row with {keyColumn} = '{key}', found {found.Count}");
    }

    /// <summary>A number of the only row whose key column has a value.</summary>
    /// <param name="keyColumn">Column to look in.</param>
    /// <param name="key">Value to look for.</param>
    /// <param name="column">Column of the number.</param>
    /// <exception cref="ReproException">There is no such row, column or number.</exception>
    public double Number(string keyColumn, string key, string column)
    {
        var text = Row(keyColumn, key)[IndexOf(column)];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new ReproException($"{keyColumn} = '{key}': '{text}' in column {column} is not a number");
    }

    private static string Models(string meaning) =>
        ModelList().Match(meaning) is { Success: true } match
            ? string.Join("; ", match.Groups["models"].Value.Replace(" and ", ", ", StringComparison.Ordinal).Split(", "))
            : string.Empty;

    [GeneratedRegex(@"^\d+ responses: (?<models>.+) models on ")]
    private static partial Regex ModelList();
}

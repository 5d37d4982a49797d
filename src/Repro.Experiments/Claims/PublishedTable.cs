using Repro.Core;

namespace Repro.Experiments.Claims;

/// <summary>One table of a paper, as printed. Cells are addressed by row and column name; a dash stands for an empty cell.</summary>
public sealed class PublishedTable
{
    private readonly string _path;
    private readonly string _key;
    private readonly UsageLog _usage;
    private readonly Dictionary<string, (string[] Cells, int Line)> _rows;

    private PublishedTable(
        string path, string key, UsageLog usage, IReadOnlyList<string> columns, Dictionary<string, (string[] Cells, int Line)> rows)
    {
        _path = path;
        _key = key;
        _usage = usage;
        Columns = columns;
        _rows = rows;
    }

    /// <summary>Column names in printed order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Row names in printed order.</summary>
    public IReadOnlyCollection<string> Rows => _rows.Keys;

    /// <summary>The cell of a row and column.</summary>
    /// <param name="row">Row name.</param>
    /// <param name="column">Column name.</param>
    /// <exception cref="ReproException">There is no such row or column, or the cell is empty.</exception>
    public Printed this[string row, string column] => TryGet(row, column)
        ?? throw new ReproException($"{_path}: the cell ({row}, {column}) is empty");

    /// <summary>The cell of a row and column, or null where the paper prints a dash.</summary>
    /// <param name="row">Row name.</param>
    /// <param name="column">Column name.</param>
    /// <exception cref="ReproException">There is no such row or column.</exception>
    public Printed? TryGet(string row, string column)
    {
        var text = CellText(row, column);
        return text is "-" or "" ? null : new Printed(
            $"{_key}#{row}/{column}", text, _usage, Invariant($"{_path}:{_rows[row].Line}: cell ({row}, {column})"));
    }

    /// <summary>The text of a cell, for labels and fractions such as 3/5. Not recorded as a use of a number.</summary>
    /// <param name="row">Row name.</param>
    /// <param name="column">Column name.</param>
    /// <exception cref="ReproException">There is no such row or column.</exception>
    public string CellText(string row, string column)
    {
        if (!_rows.TryGetValue(row, out var cells))
        {
            throw new ReproException($"{_path}: no row '{row}'{Suggestion.For(row, _rows.Keys)}");
        }

        var index = Columns.ToList().IndexOf(column);
        return index < 0
            ? throw new ReproException($"{_path}: no column '{column}'{Suggestion.For(column, Columns)}")
            : cells.Cells[index];
    }

    internal static PublishedTable Parse(string path, string key, string text, UsageLog usage)
    {
        var root = YamlFile.ParseMapping(text, path);
        YamlFile.AllowOnly(path, root, "a published table", ["table", "title", "unit", "note", "columns", "rows"]);
        foreach (var required in new[] { "table", "columns", "rows" })
        {
            if (!root.Children.ContainsKey(required))
            {
                throw new ReproException($"{path}:1: key '{required}' is missing");
            }
        }

        var columns = YamlFile.Sequence(path, root.Children["columns"], "columns").Children.Select(c => YamlFile.Text(path, c, "a column"))
            .ToList();
        var rows = new Dictionary<string, (string[] Cells, int Line)>(StringComparer.Ordinal);
        foreach (var (name, cells) in YamlFile.Mapping(path, root.Children["rows"], "rows").Children)
        {
            var values = YamlFile.Sequence(path, cells, "a row").Children.Select(c => YamlFile.Text(path, c, "a cell")).ToArray();
            if (values.Length != columns.Count)
            {
                throw new ReproException(
                    $"{YamlFile.At(path, cells)}: row has {values.Length} cells, the table has {columns.Count} columns");
            }

            rows.Add(YamlFile.Text(path, name, "a row name"), (values, (int)cells.Start.Line));
        }

        return new PublishedTable(path, key, usage, columns, rows);
    }
}

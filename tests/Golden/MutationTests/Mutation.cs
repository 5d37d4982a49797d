using System.Text.Json.Nodes;

namespace Repro.Tests.Golden.MutationTests;

/// <summary>One change of one input, and the claims whose evidence must change with it.</summary>
/// <param name="Name">Name of the test case.</param>
/// <param name="File">The changed file below <c>fixtures</c>.</param>
/// <param name="Mention">How the provenance of a dependent claim mentions the input: an artifact's path, the key of a printed
/// number.</param>
/// <param name="Edit">Changes the content of the file.</param>
/// <param name="Expected">Ids of the claims that depend on the input.</param>
public sealed record Mutation(string Name, string File, string Mention, Func<string, string> Edit, IReadOnlyList<string> Expected)
{
    /// <summary>A change of the facts of a released file.</summary>
    public static Mutation OfFacts(string name, string path, Action<JsonNode> edit, string expected) => new(
        name,
        $"artifacts/{path}.facts.json",
        $"artifacts/{path}",
        text =>
        {
            var root = JsonNode.Parse(text)!;
            edit(root["facts"]!);
            return root.ToJsonString();
        },
        Ids(expected));

    /// <summary>Turns the preference of one judgement round.</summary>
    public static Mutation OfPreference(string name, string path, int row, string expected) => OfFacts(
        name,
        path,
        facts => facts["rows"]![row]!["preference"] = 3 - facts["rows"]![row]!["preference"]!.GetValue<int>(),
        expected);

    /// <summary>Changes one cell of a released table.</summary>
    public static Mutation OfReleasedCell(string name, string path, string key, string column, string value, string expected) => OfFacts(
        name,
        path,
        facts =>
        {
            var columns = facts["columns"]!.AsArray().Select(c => c!.GetValue<string>()).ToList();
            var row = facts["rows"]!.AsArray().Single(r => r!.AsArray().Any(c => c!.GetValue<string>() == key))!;
            row[columns.IndexOf(column)] = value;
        },
        expected);

    /// <summary>Changes one cell of a printed table.</summary>
    public static Mutation OfPrintedCell(string name, string table, string row, string column, string value, string expected) => new(
        name,
        $"published/{table}.yaml",
        $"published/{table}#{row}/{column}",
        text => ReplaceCell(text, row, column, value),
        Ids(expected));

    /// <summary>Changes one printed number of the running text.</summary>
    public static Mutation OfPrintedValue(
        string name, string file, string claim, string value, string from, string to, string expected) => new(
        name,
        $"claims/{file}.yaml",
        $"claims/{claim}#{value}",
        text =>
        {
            var block = text.IndexOf($"- id: {claim}\n", StringComparison.Ordinal);
            var line = $"    {value}: '{from}'\n";
            var start = text.IndexOf(line, block, StringComparison.Ordinal);
            return string.Concat(text.AsSpan(0, start), $"    {value}: '{to}'\n", text.AsSpan(start + line.Length));
        },
        Ids(expected));

    private static string ReplaceCell(string text, string row, string column, string value)
    {
        var lines = text.Split('\n');
        var columns = Cells(lines.Single(l => l.StartsWith("columns: [", StringComparison.Ordinal)));
        var index = Array.FindIndex(lines, l => l.StartsWith($"  {row}: [", StringComparison.Ordinal));
        var cells = Cells(lines[index]);
        cells[Array.IndexOf(columns, column)] = value;
        lines[index] = $"  {row}: [{string.Join(", ", cells)}]";
        return string.Join('\n', lines);
    }

    private static string[] Cells(string line) =>
        line[(line.IndexOf('[', StringComparison.Ordinal) + 1)..line.LastIndexOf(']')].Split(", ");

    private static string[] Ids(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}

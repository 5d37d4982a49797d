using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Core.Data;
using Repro.Core.Evaluation.Judges;
using Repro.Tests.Unit.Data;
using Xunit.Sdk;

namespace Repro.Tests.Unit.Evaluation.Judges;

/// <summary>A fact about the goldens of AlpacaEval; shown as skipped in a clone that lies beside no data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlpacaEvalFactAttribute : FactAttribute
{
    public AlpacaEvalFactAttribute()
    {
        if (!Directory.Exists(AlpacaEvalGoldens.Folder))
        {
            Skip = $"The goldens are not there: set {DataFolder.Variable} or put alpaca_eval into ../shared/data.";
        }
    }
}

/// <summary>As <see cref="AlpacaEvalFactAttribute"/>, for several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlpacaEvalTheoryAttribute : TheoryAttribute
{
    public AlpacaEvalTheoryAttribute() => Skip = new AlpacaEvalFactAttribute().Skip;
}

/// <summary>A model with its published rate; shown as skipped where the folder has other models, whose rows another test
/// compares.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class StoredModelAttribute : DataAttribute
{
    private readonly object[] _row;

    public StoredModelAttribute(string model, double rate, double error)
    {
        _row = [model, rate, error];
        if (Directory.Exists(AlpacaEvalGoldens.Folder) && !AlpacaEvalGoldens.Has(model))
        {
            Skip = $"{AlpacaEvalGoldens.Folder} has no judged pairs of {model}.";
        }
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [_row];
}

/// <summary>The files of the goldens. Each test goes through all rows that a file has, whichever they are.</summary>
internal static partial class AlpacaEvalGoldens
{
    internal static string Folder => DataFolder.Path("alpaca_eval");

    internal static string File(string name) => Path.Combine(Folder, name);

    internal static JsonElement Json(string name)
    {
        // Python writes NaN, which is no JSON; in a file that is JSON the letters stand inside texts.
        var text = System.IO.File.ReadAllText(File(name));
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            using var document = JsonDocument.Parse(NotANumber().Replace(text, "null"));
            return document.RootElement.Clone();
        }
    }

    /// <summary>The judged pairs of each model, in the order of the file.</summary>
    internal static Dictionary<string, List<LengthControlRow>> Facts() =>
        DataRows.Read(File("lc_facts.csv")).Select(row => (Model: row.Text("model"), Row: new LengthControlRow(
            Whole(row, "index"), row.Number("preference"), Whole(row, "len_1"), Whole(row, "len_2"))))
            .GroupBy(fact => fact.Model).ToDictionary(group => group.Key, group => group.Select(fact => fact.Row).ToList());

    internal static bool Has(string model) =>
        System.IO.File.ReadLines(File("lc_facts.csv")).Any(line => line.StartsWith($"{model},", StringComparison.Ordinal));

    /// <summary>The rows of a published leaderboard by model; their first column has no name.</summary>
    internal static Dictionary<string, Dictionary<string, string>> Leaderboard(string annotator)
    {
        var lines = System.IO.File.ReadLines(File($"leaderboard_{annotator}.csv")).Select(line => line.Split(',')).ToList();
        return lines.Skip(1).ToDictionary(
            cells => cells[0], cells => lines[0].Zip(cells).Skip(1).ToDictionary(cell => cell.First, cell => cell.Second));
    }

    internal static double Number(this Dictionary<string, string> row, string key) =>
        double.Parse(row[key], CultureInfo.InvariantCulture);

    private static int Whole(RowFields row, string key) => (int)row.Number(key);

    [GeneratedRegex(@"(?<=[\s:,\[])-?(NaN|Infinity)(?=[\s,\]}])")]
    private static partial Regex NotANumber();
}

using System.Text.Json.Nodes;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Runs;

/// <summary>A release of 100 prompts, 25 from each source, with texts of our own; the judge prefers each output every other time.</summary>
internal sealed class SyntheticRelease : IDisposable
{
    internal const int Prompts = 100;

    private static readonly Dictionary<string, (string First, string Second)> Compared = new()
    {
        [Comparisons.AbsAgainstPreference] = (Comparisons.Model.Abs, Comparisons.Model.Preference),
        [Comparisons.Crs025AgainstPreference] = (Comparisons.Model.Crs025, Comparisons.Model.Preference),
        [Comparisons.Crs0625AgainstPreference] = (Comparisons.Model.Crs0625, Comparisons.Model.Preference),
    };

    private static readonly string[] Models =
        [Comparisons.Model.Abs, Comparisons.Model.Preference, Comparisons.Model.Crs025, Comparisons.Model.Crs0625];

    private readonly TemporaryFolder _folder = new();

    internal SyntheticRelease()
    {
        Write(Comparisons.Prompts, i => new JsonObject { ["instruction"] = Question(i), ["dataset"] = Comparisons.Datasets[i / 25] });
        foreach (var (file, (first, second)) in Compared)
        {
            Write(file, i => new JsonObject
            {
                ["instruction"] = Question(i),
                ["output_1"] = Answer(i, first),
                ["generator_1"] = first,
                ["output_2"] = Answer(i, second),
                ["generator_2"] = second,
                ["preference"] = Winner(i),
                ["annotator"] = "judge",
            });
        }
    }

    internal IArtifactSource Source => new RawArtifactSource(_folder.Path);

    internal static string Question(int i) => Invariant($"What is {i} and why?");

    internal static int Winner(int i) => (i % 2) + 1;

    // Lengths tell the answers of a prompt apart.
    internal static string Answer(int i, string model) =>
        string.Join(' ', Enumerable.Repeat("word", 3 + (2 * Array.IndexOf(Models, model)) + (i % 7)));

    /// <summary>Writes what a reward model makes of all responses: in the first prompts of each source, as many as given, the score of the
    /// first comparison's preferred answer is higher, in the others lower.</summary>
    internal static void Score(string file, int[] agreeing, double scale = 1, JsonObject? maker = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllLines(file, from i in Enumerable.Range(0, Prompts)
                                 from model in Models
                                 select Row(i, model, agreeing[i / 25], scale, maker).ToJsonString());
    }

    /// <summary>Writes scores of all responses that follow from their texts alone.</summary>
    internal static void Score(string file, int[] agreeing, Func<string, double> scoreOf, JsonObject? maker = null)
    {
        Score(file, agreeing, maker: maker);
        File.WriteAllLines(file, File.ReadAllLines(file).Select(line =>
        {
            var row = JsonNode.Parse(line)!.AsObject();
            row["score"] = scoreOf((string)row["response"]!);
            return row.ToJsonString();
        }));
    }

    public void Dispose() => _folder.Dispose();

    private static JsonObject Row(int i, string model, int agreeing, double scale, JsonObject? maker)
    {
        // The other model of each comparison is rank_002; the sign puts it above or below.
        var picksSecond = (Winner(i) == 2) == (i % 25 < agreeing);
        var sign = (model == Comparisons.Model.Preference) == picksSecond ? 1 : -1;
        return new JsonObject
        {
            ["prompt"] = Question(i),
            ["response"] = Answer(i, model),
            ["score"] = scale * (3 + sign + (i % 10 * 0.1)),
            ["scored_by"] = maker?.DeepClone(),
        };
    }

    private void Write(string name, Func<int, JsonObject> row) =>
        _folder.Write(name, new JsonArray([.. Enumerable.Range(0, Prompts).Select(row)]).ToJsonString());
}

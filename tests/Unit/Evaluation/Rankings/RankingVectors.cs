using System.Text.Json;
using Repro.Core.Evaluation.Rankings;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Evaluation.Rankings;

/// <summary>Reads the topic <c>ranking</c> of the reference vectors.</summary>
internal static class RankingVectors
{
    private const string Topic = "ranking";

    public static IReadOnlyList<string> Files => VectorFolder.Files(Topic);

    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(VectorFolder.Path(Topic, file + ".json")));
        var root = document.RootElement.Clone();
        if (root.GetProperty("schema").GetInt32() != 1 || root.GetProperty("topic").GetString() != Topic
            || root.GetProperty("file").GetString() != file)
        {
            throw new InvalidDataException($"{file}.json: schema 1, topic '{Topic}' and file '{file}' were expected.");
        }

        var cases = root.GetProperty("cases").EnumerateArray().ToArray();
        return cases.Length > 0 ? cases : throw new InvalidDataException($"{file}.json holds no case.");
    }

    public static JsonElement Case(string file, string id) => Cases(file).Single(one => one.GetProperty("id").GetString() == id);

    public static string[][] Votes(JsonElement one) =>
        one.GetProperty("inputs").GetProperty("votes").EnumerateArray().Select(Names).ToArray();

    public static string[] Names(JsonElement list) => list.EnumerateArray().Select(name => name.GetString()!).ToArray();

    public static double?[] Preferences(JsonElement list) =>
        list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : Number(value)).ToArray();

    public static double Number(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var other => throw new InvalidDataException($"'{other}' is no number."),
        }
        : value.GetDouble();
}

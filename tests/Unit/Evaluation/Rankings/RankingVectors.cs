using System.Text.Json;

namespace Repro.Tests.Unit.Evaluation.Rankings;

/// <summary>Reads the topic <c>ranking</c> of the reference vectors: REPRO_VECTORS, or shared/vectors beside the repository.</summary>
internal static class RankingVectors
{
    /// <summary>Stands for the files where there is no folder; only an unnamed folder may be absent.</summary>
    public const string Absent = "(no vectors beside this checkout)";

    private const string Topic = "ranking";

    public static string Folder
    {
        get
        {
            var folder = Environment.GetEnvironmentVariable("REPRO_VECTORS");
            if (string.IsNullOrEmpty(folder))
            {
                var root = new DirectoryInfo(AppContext.BaseDirectory);
                while (root is not null && !File.Exists(Path.Combine(root.FullName, "Repro.sln")))
                {
                    root = root.Parent;
                }

                folder = Path.Combine(root?.Parent?.FullName ?? ".", "shared", "vectors");
            }

            return Path.Combine(folder, Topic);
        }
    }

    public static IEnumerable<string> Files =>
        Directory.Exists(Folder)
            ? Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)
            : string.IsNullOrEmpty(Environment.GetEnvironmentVariable("REPRO_VECTORS")) ? [Absent]
            : throw new DirectoryNotFoundException($"REPRO_VECTORS: no reference vectors at {Folder}.");

    public static IReadOnlyList<JsonElement> Cases(string file)
    {
        if (file == Absent)
        {
            return [JsonDocument.Parse("""{ "id": "none" }""").RootElement.Clone()];
        }

        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file + ".json")));
        var root = document.RootElement.Clone();
        if (root.GetProperty("schema").GetInt32() != 1 || root.GetProperty("topic").GetString() != Topic || root.GetProperty("file").GetString() != file)
        {
            throw new InvalidDataException($"{file}.json: schema 1, topic '{Topic}' and file '{file}' were expected.");
        }

        var cases = root.GetProperty("cases").EnumerateArray().ToArray();
        return cases.Length > 0 ? cases : throw new InvalidDataException($"{file}.json holds no case.");
    }

    public static JsonElement Case(string file, string id) => Cases(file).Single(one => one.GetProperty("id").GetString() == id);

    public static string[][] Votes(JsonElement one) => one.GetProperty("inputs").GetProperty("votes").EnumerateArray().Select(Names).ToArray();

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

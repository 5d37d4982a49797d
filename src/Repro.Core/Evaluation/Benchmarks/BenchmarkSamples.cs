using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Chat.Jinja;
using Repro.Core.Data;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>What a model gave for a document: the facts that scores are computed from.</summary>
public sealed record BenchmarkSample
{
    /// <summary>Place of the document in its task, from 0.</summary>
    public required int DocId { get; init; }

    /// <summary>The document as a JSON object.</summary>
    public required JsonObject Doc { get; init; }

    /// <summary>The right answer: index, letter or text.</summary>
    public required string Target { get; init; }

    /// <summary>What the model was asked.</summary>
    public required IReadOnlyList<BenchmarkRequest> Requests { get; init; }

    /// <summary>Log-likelihood of each choice in nats, and whether it is what greedy decoding gives; empty where the model wrote.</summary>
    public IReadOnlyList<ChoiceLikelihood> Choices { get; init; } = [];

    /// <summary>What the model wrote, once for each try; empty where it ranked choices.</summary>
    public IReadOnlyList<string> Responses { get; init; } = [];

    /// <summary>The filter that took the answers out of the responses.</summary>
    public string Filter { get; init; } = BenchmarkSamples.NoFilter;

    /// <summary>The answers that the filter took out, one for each response.</summary>
    public IReadOnlyList<string> Filtered { get; init; } = [];

    /// <summary>Whether each of the answers, which are programs, passed its tests; empty where none was run or the file does not
    /// say.</summary>
    public IReadOnlyList<bool> Passed { get; init; } = [];

    /// <summary>Scores by metric as they stand in the file, or as they are to be written.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>SHA-256 of the document.</summary>
    public required string DocHash { get; init; }

    /// <summary>SHA-256 of the first prompt: two programs that ask the same have the same one.</summary>
    public string PromptHash => RequestHash.Compute(Requests[0].Context);
}

/// <summary>How likely a continuation is.</summary>
/// <param name="LogLikelihood">Sum of the log-probabilities of its tokens, in nats.</param>
/// <param name="IsGreedy">Whether each of its tokens is the most likely one.</param>
public readonly record struct ChoiceLikelihood(double LogLikelihood, bool IsGreedy);

/// <summary>Samples as JSON lines with the fields of lm-eval's <c>--log_samples</c>: ours can be read by its tools, and its own
/// here.</summary>
public static class BenchmarkSamples
{
    /// <summary>The name of the filter where a task has none.</summary>
    public const string NoFilter = "none";

    private const string PythonTrue = "True";
    private const string PythonFalse = "False";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true, NewLine = "\n" };

    /// <summary>Writes samples, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="samples">A line each.</param>
    public static void Write(string path, IEnumerable<BenchmarkSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        AtomicFile.Write(path, partial =>
        {
            using var writer = new StreamWriter(partial) { NewLine = "\n" };
            foreach (var sample in samples)
            {
                writer.WriteLine(Line(sample));
            }
        });
    }

    /// <summary>Reads samples of ours or of lm-eval.</summary>
    /// <param name="path">The file, also compressed.</param>
    /// <param name="cancellation">Checked between rows.</param>
    /// <exception cref="ReproException">The file is missing or damaged, or a row is no sample; names file, line and key.</exception>
    public static IReadOnlyList<BenchmarkSample> Read(string path, CancellationToken cancellation = default)
    {
        var (samples, seen) = (new List<BenchmarkSample>(), new HashSet<(int, string)>());
        foreach (var row in DataRows.Read(path, cancellation))
        {
            var sample = Parse(row);
            samples.Add(seen.Add((sample.DocId, sample.Filter)) ? sample : throw row.Fault(
                "doc_id", Invariant($"must come once for each filter; {sample.DocId} with filter {sample.Filter} is there already")));
        }

        return samples;
    }

    /// <summary>A sample as it stands in a file.</summary>
    internal static string Line(BenchmarkSample sample) => ToJson(sample).ToJsonString(Plain);

    /// <summary>The object that a document is written as.</summary>
    /// <param name="document">The document.</param>
    public static JsonObject ToJson(BenchmarkDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var json = new JsonObject(document.Fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value)));
        if (document.Answer is { } answer)
        {
            json["choices"] = new JsonArray([.. document.Choices.Select(choice => (JsonNode)choice)]);
            json["answer"] = answer;
        }

        return json;
    }

    /// <summary>SHA-256 of a document's JSON with two blanks for each level, as lm-eval takes it.</summary>
    /// <param name="document">The document as JSON.</param>
    public static string HashOf(JsonObject document) => RequestHash.Compute(document.ToJsonString(Indented));

    private static JsonObject ToJson(BenchmarkSample sample)
    {
        var json = new JsonObject
        {
            ["doc_id"] = sample.DocId,
            ["doc"] = sample.Doc.DeepClone(),
            ["target"] = sample.Target,
            ["arguments"] = new JsonObject(sample.Requests.Select((request, i) => KeyValuePair.Create(
                Invariant($"gen_args_{i}"), (JsonNode?)new JsonObject { ["arg_0"] = request.Context, ["arg_1"] = request.Continuation }))),
            ["resps"] = sample.Choices.Count > 0
                ? new JsonArray([.. sample.Choices.Select(choice => new JsonArray(Pair(choice)))])
                : new JsonArray(new JsonArray([.. sample.Responses.Select(text => (JsonNode)text)])),
            ["filtered_resps"] = sample.Choices.Count > 0
                ? new JsonArray([.. sample.Choices.Select(Pair)])
                : sample.Filtered.Count > 1 ? new JsonArray(new JsonArray([.. sample.Filtered.Select(text => (JsonNode)text)]))
                : new JsonArray([.. sample.Filtered.Select(text => (JsonNode)text)]),
            ["filter"] = sample.Filter,
            ["metrics"] = new JsonArray([.. sample.Scores.Keys.Select(name => (JsonNode)name)]),
            ["doc_hash"] = sample.DocHash,
            ["prompt_hash"] = sample.PromptHash,
            ["target_hash"] = RequestHash.Compute(sample.Target),
        };
        if (sample.Passed.Count > 0)
        {
            json["passed"] = new JsonArray([.. sample.Passed.Select(passed => (JsonNode)passed)]);
        }

        foreach (var (name, score) in sample.Scores)
        {
            json[name] = score;
        }

        return json;
    }

    private static JsonArray Pair(ChoiceLikelihood choice) =>
        new(JinjaValues.Number(choice.LogLikelihood), choice.IsGreedy ? PythonTrue : PythonFalse);

    /// <summary>The sample of a row.</summary>
    /// <exception cref="ReproException">It is none; names file, line and key.</exception>
    internal static BenchmarkSample Parse(RowFields row)
    {
        var requests = Requests(row);
        var resps = List(row, "resps");
        var ranked = requests[0].Continuation is not null;
        if (ranked && resps.Count != requests.Count)
        {
            throw row.Fault("resps", Invariant($"must have an item for each of the {requests.Count} requests"));
        }

        var scores = row.Element.EnumerateObject()
            .Where(member => member.Value.ValueKind == JsonValueKind.Number && member.Name != "doc_id")
            .ToDictionary(member => member.Name, member => member.Value.GetDouble(), StringComparer.Ordinal);
        var document = row.Child("doc").Element;
        RequireTexts(row, "doc", document);
        var doc = JsonNode.Parse(document.GetRawText())!.AsObject();
        return new BenchmarkSample
        {
            DocId = row.Whole("doc_id", 0, int.MaxValue),
            Doc = doc,
            Target = row.Element.TryGetProperty("target", out var target) ? Shown(row, "target", target)
                : throw row.Fault("target", "must be there"),
            Requests = requests,
            Choices = ranked ? [.. resps.Select(item => Choice(row, item))] : [],
            Responses = ranked || resps.Count == 0 ? [] : [.. Items(resps[0]).Select(response => Shown(row, "resps", response))],
            Filter = row.OptionalText("filter") ?? NoFilter,
            Filtered = ranked ? [] : Answers(row),
            Passed = Passed(row),
            Scores = scores,
            DocHash = row.OptionalText("doc_hash") ?? HashOf(doc),
        };
    }

    // A filter that found nothing may have left null.
    private static List<string> Answers(RowFields row) =>
        row.Element.TryGetProperty("filtered_resps", out var answers) && answers.ValueKind == JsonValueKind.Null
            ? throw row.Fault("filtered_resps", "must be the answers that the filter took out of the responses")
            : [.. List(row, "filtered_resps").SelectMany(Items).Select(answer =>
                answer.ValueKind == JsonValueKind.Null ? string.Empty : Shown(row, "filtered_resps", answer))];

    private static List<bool> Passed(RowFields row) => !row.Element.TryGetProperty("passed", out _) ? []
        : [.. List(row, "passed").Select(item => item.ValueKind is JsonValueKind.True or JsonValueKind.False ? item.GetBoolean()
            : throw row.Fault("passed", "must hold true or false for each program"))];

    private static List<JsonElement> List(RowFields row, string key) =>
        row.IsList(key) ? [.. row.Element.GetProperty(key).EnumerateArray()] : throw row.Fault(key, "must be a list");

    private static IEnumerable<JsonElement> Items(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [value];

    // lm-eval writes {gen_args_0: {arg_0, arg_1}}, earlier versions wrote lists.
    private static List<BenchmarkRequest> Requests(RowFields row)
    {
        if (!row.Element.TryGetProperty("arguments", out var arguments))
        {
            throw row.Fault("arguments", "must be there");
        }

        var requests = arguments.ValueKind switch
        {
            JsonValueKind.Object => arguments.EnumerateObject().Select(member => Arguments(row, member.Value)).ToList(),
            JsonValueKind.Array => [.. arguments.EnumerateArray().Select(item => Arguments(row, item))],
            _ => throw row.Fault("arguments", "must be an object or a list"),
        };
        return requests.Count > 0 ? requests : throw row.Fault("arguments", "must hold at least one request");
    }

    private static BenchmarkRequest Arguments(RowFields row, JsonElement request)
    {
        var parts = request.ValueKind switch
        {
            JsonValueKind.Object => request.EnumerateObject().Select(member => member.Value).ToList(),
            JsonValueKind.Array => [.. request.EnumerateArray()],
            _ => [],
        };
        return parts.Count > 0 && parts[0].ValueKind == JsonValueKind.String
            ? new(Shown(row, "arguments", parts[0]),
                parts.Count > 1 && parts[1].ValueKind == JsonValueKind.String ? Shown(row, "arguments", parts[1]) : null)
            : throw row.Fault("arguments", "must hold a prompt first in each request");
    }

    // A pair of log-likelihood and greedy flag, as numbers or as Python's texts of them, in a list of tries or by itself. Of several tries
    // (lm-eval's repeats) the first counts, as there.
    private static ChoiceLikelihood Choice(RowFields row, JsonElement item)
    {
        var pair = Items(item).ToList();
        if (pair.Count > 0 && pair[0].ValueKind == JsonValueKind.Array)
        {
            pair = [.. pair[0].EnumerateArray()];
        }

        return pair.Count == 2 && LogLikelihood(Shown(row, "resps", pair[0])) is { } value
            ? new(value, Shown(row, "resps", pair[1]) is PythonTrue or "true")
            : throw row.Fault("resps", "must hold a log-likelihood and whether it is greedy for each request");
    }

    // Python writes infinity in three letters.
    private static double? LogLikelihood(string text) => text == "-inf" ? double.NegativeInfinity
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !double.IsNaN(value) ? value : null;

    private static string Shown(RowFields row, string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? RowFields.Unescaped(value, $"{row.Where}: '{key}'") : value.GetRawText();

    // A document is hashed and written out again; half of a surrogate pair, in whatever key of it, cannot be.
    private static void RequireTexts(RowFields row, string key, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = Shown(row, key, value);
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    RequireTexts(row, $"{key}.{member.Name}", member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    RequireTexts(row, key, item);
                }

                break;
        }
    }
}

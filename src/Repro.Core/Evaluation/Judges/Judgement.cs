using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Data;
using Repro.Core.Models;

namespace Repro.Core.Evaluation.Judges;

/// <summary>Two answers to one instruction.</summary>
/// <param name="Index">Row of the instruction in its set.</param>
/// <param name="Instruction">The instruction.</param>
/// <param name="Output1">Answer of the baseline.</param>
/// <param name="Output2">Answer of the model whose win rate is counted.</param>
public sealed record AnswerPair(int Index, string Instruction, string Output1, string Output2)
{
    /// <summary>Who gave the first answer.</summary>
    public string Generator1 { get; init; } = "1";

    /// <summary>Who gave the second answer.</summary>
    public string Generator2 { get; init; } = "2";

    /// <summary>The model that gave the first answer, by the hashes of its files; null where that is not recorded.</summary>
    public ModelIdentity? GeneratedBy1 { get; init; }

    /// <summary>The same of the second answer.</summary>
    public ModelIdentity? GeneratedBy2 { get; init; }

    /// <summary>Where the first answer stands that is to be judged, file and line; empty where it is from no file.</summary>
    public string Where1 { get; init; } = string.Empty;

    /// <summary>The same of the second answer.</summary>
    public string Where2 { get; init; } = string.Empty;

    /// <summary>An answer that is known to be good, for judges that are shown one.</summary>
    public string Reference { get; init; } = string.Empty;
}

/// <summary>How a judgement ended.</summary>
public enum JudgeOutcome
{
    /// <summary>The answer was read.</summary>
    Read,

    /// <summary>Both outputs are the same text: a tie, and no request.</summary>
    EqualOutputs,

    /// <summary>The judge answered, but not in the form that was asked for.</summary>
    Unparsed,

    /// <summary>The judge or a filter refused to answer.</summary>
    Refused,

    /// <summary>No answer came after all tries.</summary>
    Failed,

    /// <summary>The money was spent before it was asked.</summary>
    OverBudget,
}

/// <summary>One judgement of a pair in one order.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Switched">Whether the second answer was shown first.</param>
/// <param name="Preference">From 1 (first answer of the pair) to 2, whichever was shown first; null where there is none.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record Judgement(AnswerPair Pair, bool Switched, double? Preference, JudgeOutcome Outcome)
{
    /// <summary>Key of the request in the record of exchanges; null without a request.</summary>
    public string? RequestKey { get; init; }

    /// <summary>The model that the service says it used; of a judge without a service, its name.</summary>
    public string? Model { get; init; }

    /// <summary>The service's fingerprint of it; of a model that was run here, the hash of its weights.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whether <see cref="Switched"/> is what AlpacaEval's rule gives, since the file does not say it.</summary>
    public bool OrderIsReconstructed { get; init; }

    /// <summary>Why there is no preference; null where there is one.</summary>
    public string? Reason { get; init; }
}

/// <summary>Judgements as files: AlpacaEval's <c>annotations.json</c>, with a few keys more where they were made here.</summary>
public static class Annotations
{
    private const string PairColumns = "rows with 'instruction', 'output_1' and 'output_2' (also read, where they are there: 'reference', "
        + "'generator_1', 'generator_2')";

    private const string AnswerColumns = "rows with 'prompt' and 'response', as generate writes them, or with 'instruction' and 'output' "
        + "(also read, where they are there: 'reference', 'generator')";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads <c>annotations.json</c> of AlpacaEval, or what <see cref="Write"/> wrote.</summary>
    /// <param name="path">JSON array or JSON lines.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">The file is damaged, or a preference is neither null, 0
    /// nor from 1 to 2; names the line.</exception>
    public static IReadOnlyList<Judgement> Read(string path, CancellationToken cancellation = default)
    {
        var (read, indices) = (new List<Judgement>(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var row in DataRows.Read(path, cancellation))
        {
            var instruction = row.Text("instruction");
            var isOurs = row.Has("is_switched_outputs");
            var index = row.Has("index") ? row.Whole("index", 0, int.MaxValue)
                : isOurs ? indices.GetValueOrDefault(instruction, indices.Count)
                : read.Count;
            indices.TryAdd(instruction, index);
            read.Add(Judgement(row, Pair(row, index), isOurs));
        }

        return read;
    }

    /// <summary>Reads pairs that are to be judged: rows with <c>instruction</c>, <c>output_1</c> and <c>output_2</c>; <c>reference</c>,
    /// <c>generator_1</c>, <c>generator_2</c>, <c>generated_by_1</c> and <c>generated_by_2</c> may be there.</summary>
    /// <param name="path">JSON array, JSON lines, CSV or Parquet.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">The file is damaged, or a key is missing; names the line.</exception>
    public static IReadOnlyList<AnswerPair> ReadPairs(string path, CancellationToken cancellation = default) =>
    [
        .. DataRows.Read(path, cancellation)
            .Select((row, index) => Pair(WithColumns(row, PairColumns, "instruction", "output_1", "output_2"), index)
                with { Where1 = row.Where, Where2 = row.Where }),
    ];

    /// <summary>Pairs the outputs of a model with those of a baseline by their instructions, as AlpacaEval does.</summary>
    /// <param name="baseline">Rows with <c>instruction</c> and <c>output</c>, or with <c>prompt</c> and <c>response</c> as
    /// <c>repro generate</c> writes them: the first answer.</param>
    /// <param name="model">The same: the second answer.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">A file is damaged, has an instruction twice, or not those of the other.</exception>
    public static IReadOnlyList<AnswerPair> ReadOutputs(string baseline, string model, CancellationToken cancellation = default)
    {
        var second = new Dictionary<string, (string Output, string Generator, ModelIdentity? By, string Where)>(StringComparer.Ordinal);
        foreach (var row in DataRows.Read(model, cancellation))
        {
            var (key, instruction, output) = Answer(row);
            if (!second.TryAdd(instruction, (output, row.OptionalText("generator") ?? model, By(row, "generated_by"), row.Where)))
            {
                throw row.Fault(key, "must be another than those before it");
            }
        }

        var pairs = new List<AnswerPair>();
        foreach (var row in DataRows.Read(baseline, cancellation))
        {
            var (key, instruction, output) = Answer(row);
            if (!second.Remove(instruction, out var other))
            {
                throw row.Fault(key, $"must be one of {model}, each once");
            }

            pairs.Add(new AnswerPair(pairs.Count, instruction, output, other.Output)
            {
                Generator1 = row.OptionalText("generator") ?? baseline,
                Generator2 = other.Generator,
                GeneratedBy1 = By(row, "generated_by"),
                GeneratedBy2 = other.By,
                Where1 = row.Where,
                Where2 = other.Where,
                Reference = row.OptionalText("reference") ?? string.Empty,
            });
        }

        return second.Count == 0 ? pairs
            : throw new ReproException(Invariant($"{second.First().Value.Where}: ")
                + Invariant($"{second.Count} instructions of {model} are not in {baseline}"));
    }

    /// <summary>Writes judgements in AlpacaEval's form, which its own tools read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="judgements">What to write.</param>
    /// <param name="annotator">Name of the convention.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<Judgement> judgements, string annotator)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        var rows = new JsonArray();
        foreach (var judgement in judgements)
        {
            rows.Add(Row(judgement, annotator));
        }

        AtomicFile.WriteText(path, rows.ToJsonString(Indented) + "\n");
    }

    /// <summary>AlpacaEval's <c>avg_length</c>: the mean number of characters (Unicode scalars), rounded down.</summary>
    /// <param name="outputs">At least one output.</param>
    public static int MeanLength(IEnumerable<string> outputs) => (int)outputs.Average(Length);

    /// <summary>Characters of a text as Python counts them.</summary>
    /// <param name="text">Any text.</param>
    public static int Length(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.EnumerateRunes().Count();
    }

    private static (string Key, string Instruction, string Output) Answer(RowFields row) => row.Has("response")
        ? ("prompt", WithColumns(row, AnswerColumns, "response", "prompt").Text("prompt"), row.Text("response"))
        : ("instruction", WithColumns(row, AnswerColumns, "output", "instruction").Text("instruction"), row.Text("output"));

    // Who has other columns is told all that are read, not one at a time.
    private static RowFields WithColumns(RowFields row, string expected, params string[] columns) =>
        Array.TrueForAll(columns, row.Has) ? row : throw new ReproException(
            $"{row.Where}: {expected} were expected; the row has {string.Join(", ", row.Keys())}");

    private static ModelIdentity? By(RowFields row, string key) =>
        row.Has(key) ? ModelIdentity.Read(JsonObject.Create(row.Child(key).Element.Clone()), $"{row.Where}: {key}") : null;

    private static AnswerPair Pair(RowFields row, int index) =>
        new(index, row.Text("instruction"), row.Text("output_1"), row.Text("output_2"))
        {
            Generator1 = row.OptionalText("generator_1") ?? "1",
            Generator2 = row.OptionalText("generator_2") ?? "2",
            GeneratedBy1 = By(row, "generated_by_1"),
            GeneratedBy2 = By(row, "generated_by_2"),
            Reference = row.OptionalText("reference") ?? string.Empty,
        };

    private static Judgement Judgement(RowFields row, AnswerPair pair, bool isOurs)
    {
        var preference = row.Has("preference") ? row.Number("preference", 0, 2) : (double?)null;
        if (preference is > 0 and < 1)
        {
            throw row.Fault("preference", "must be 0, from 1 to 2, or null");
        }

        var outcome = row.OptionalText("outcome") is { } name ? OutcomeNamed(row, name)
            : pair.Output1 == pair.Output2 ? JudgeOutcome.EqualOutputs
            : preference is null ? JudgeOutcome.Unparsed : JudgeOutcome.Read;
        return new Judgement(
            pair,
            isOurs ? row.Flag("is_switched_outputs") : AlpacaOrder.IsSwitched(pair.Instruction),
            preference == 0 ? 1.5 : preference,
            outcome)
        {
            RequestKey = row.OptionalText("request_key"),
            Model = row.OptionalText("model"),
            Fingerprint = row.OptionalText("system_fingerprint"),
            Reason = row.OptionalText("reason"),
            OrderIsReconstructed = !isOurs,
        };
    }

    private static JudgeOutcome OutcomeNamed(RowFields row, string name) => Enum.TryParse<JudgeOutcome>(name, out var outcome) ? outcome
        : throw row.Fault("outcome", $"must be one of {string.Join(", ", Enum.GetNames<JudgeOutcome>())}");

    private static JsonObject Row(Judgement judgement, string annotator) => new()
    {
        ["index"] = judgement.Pair.Index,
        ["instruction"] = judgement.Pair.Instruction,
        ["output_1"] = judgement.Pair.Output1,
        ["generator_1"] = judgement.Pair.Generator1,
        ["generated_by_1"] = judgement.Pair.GeneratedBy1?.ToJson(),
        ["output_2"] = judgement.Pair.Output2,
        ["generator_2"] = judgement.Pair.Generator2,
        ["generated_by_2"] = judgement.Pair.GeneratedBy2?.ToJson(),
        ["annotator"] = annotator,
        ["preference"] = judgement.Preference,
        ["is_switched_outputs"] = judgement.Switched,
        ["outcome"] = judgement.Outcome.ToString(),
        ["reason"] = judgement.Reason,
        ["request_key"] = judgement.RequestKey,
        ["model"] = judgement.Model,
        ["system_fingerprint"] = judgement.Fingerprint,
    };
}

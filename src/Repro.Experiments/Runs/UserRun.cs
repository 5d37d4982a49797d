using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Models;
using Repro.Core.Training.Runs;

namespace Repro.Experiments.Runs;

/// <summary>A training run that a user brings as evidence.</summary>
/// <param name="Name">Its folder, relative to that of all runs, with forward slashes.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Settings">Every setting by its keys joined with points; empty where the trainer recorded none.</param>
/// <param name="Lines">Metrics of its steps.</param>
/// <param name="MetricFile">The file that they stand in.</param>
internal sealed partial record UserRun(
    string Name, string Folder, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<MetricLine> Lines, string MetricFile)
{
    private const string TrlLog = "trainer_state.json";

    // What TRL calls the metrics of its PPO trainer.
    private static readonly Dictionary<string, string> TrlNames = new()
    {
        ["objective/kl"] = RunSeries.Kl,
        ["objective/scores"] = RunSeries.Score,
        ["ppo/mean_scores"] = RunSeries.Score,
        ["tokens/responses_len_mean"] = RunSeries.Length,
    };

    /// <summary>Whether the result of the last step is written.</summary>
    public bool Finished { get; private init; }

    /// <summary>Size in bytes of the weights that it began with; 0 where that is not recorded.</summary>
    public long WeightBytes { get; private init; }

    /// <summary>Hash of the weights that it began with (<see cref="WeightHash"/>); null where that is not recorded, or where an adapter lay
    /// on them.</summary>
    public string? StartWeights { get; private init; }

    /// <summary>The folder of its result.</summary>
    public string Result => IsImported ? Folder : Path.Combine(Folder, "final");

    /// <summary>Whether another trainer made it, whose log does not say the settings.</summary>
    public bool IsImported => Settings.Count == 0;

    /// <summary>The seed; a run that does not say one stands for itself.</summary>
    public string Seed => Settings.GetValueOrDefault("seed", Name);

    /// <summary>What kind of training it is, such as <c>ppo</c>; empty where it is not recorded.</summary>
    public string Stage => Settings.GetValueOrDefault("stage", string.Empty);

    /// <summary>Steps that are done.</summary>
    public long Steps => Lines.Count == 0 ? 0 : Lines[^1].Step;

    /// <summary>Whether a folder holds a run of this program or the log of TRL.</summary>
    public static bool IsRun(string folder) => RunRecord.IsRun(folder) || File.Exists(Path.Combine(folder, TrlLog));

    /// <summary>Reads the folder of a run.</summary>
    /// <exception cref="ReproException">A file is damaged; names the line.</exception>
    public static UserRun Read(string name, string folder)
    {
        if (!RunRecord.IsRun(folder))
        {
            var log = Path.Combine(folder, TrlLog);
            return new UserRun(name, folder, new Dictionary<string, string>(), TrlLines(log), log) { Finished = true };
        }

        var record = RunRecord.Read(folder);
        var metrics = Path.Combine(folder, "metrics.jsonl");
        RequireWhole(metrics, record.Lines.Count);
        return new UserRun(name, folder, record.Settings, record.Lines, metrics)
        {
            Finished = record.Finished,
            WeightBytes = WeightsOf(record.Environment),
            StartWeights = record.Settings.GetValueOrDefault("model.adapter", "null") == "null" ? HashOfStart(record.Environment) : null,
        };
    }

    // A run that was killed may end with half a line; a damaged line before others would cut what is known of the run.
    private static void RequireWhole(string file, int read)
    {
        var rows = File.Exists(file) ? File.ReadLines(file).Count() : 0;
        if (rows > read + 1)
        {
            throw new ReproException(
                Invariant($"{file}:{read + 1}: is no line of metrics; an object with 'step' and 'metrics' was expected"));
        }
    }

    private static long WeightsOf(JsonObject environment) => environment["files"] is JsonObject files
        ? files.Where(file => (string?)file.Value?["key"] == "model.path"
            && Path.GetExtension(file.Key) is ".safetensors" or ".bin").Sum(file => (long?)file.Value?["bytes"] ?? 0)
        : 0;

    // As a model is read: one file before parts of another one.
    private static string? HashOfStart(JsonObject environment)
    {
        List<(string Name, string? Sha256)> files = [.. (environment["files"] as JsonObject ?? [])
            .Where(file => (string?)file.Value?["key"] == "model.path" && Weights().IsMatch(Path.GetFileName(file.Key)))
            .Select(file => (Path.GetFileName(file.Key), (string?)file.Value?["sha256"]))];
        var single = files.FindAll(file => !file.Name.Contains('-', StringComparison.Ordinal));
        var read = single.Count > 0 ? single : files;
        return read.Count == 0 || read.Exists(file => file.Sha256 is null) ? null
            : WeightHash.Compute([.. read.Select(file => (file.Name, file.Sha256!))]);
    }

    private static List<MetricLine> TrlLines(string file)
    {
        try
        {
            var log = JsonNode.Parse(File.ReadAllBytes(file))?["log_history"] as JsonArray
                ?? throw new ReproException($"{file}: 'log_history' is missing; the log of a Hugging Face trainer was expected");
            return [.. log.OfType<JsonObject>().Where(entry => entry["step"] is not null).Select(TrlLine)
                .Where(line => line.Metrics.Count > 0)];
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or FormatException or IOException)
        {
            throw new ReproException($"{file}: cannot be read as the log of a Hugging Face trainer: {e.Message}", e);
        }
    }

    private static MetricLine TrlLine(JsonObject entry)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in entry)
        {
            if (TrlNames.TryGetValue(name, out var ours) && value is not null)
            {
                metrics[ours] = double.Parse(value.ToString(), CultureInfo.InvariantCulture);
            }
        }

        return new MetricLine((long)entry["step"]!, false, 0, 0, metrics);
    }

    [GeneratedRegex(@"^model(-\d+-of-\d+)?\.safetensors$")]
    private static partial Regex Weights();
}

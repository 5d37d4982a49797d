using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Repro.Core;
using Repro.Core.Hardware;
using static TorchSharp.torch;

namespace Repro.Experiments.Worlds;

/// <summary>The committed results of an experiment, <c>fixtures/results/ID.json</c>: what specs judge without training anything.</summary>
internal sealed class ExperimentResults
{
    private static readonly JsonSerializerOptions Form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Dictionary<string, CellResult> _byHash;

    private ExperimentResults(StoredResults? stored) => (Design, _byHash) = (
        stored?.Design,
        (stored?.Runs ?? []).ToDictionary(run => run.Hash, run => new CellResult(run.Values, run.Samples), StringComparer.Ordinal));

    /// <summary>Name, version and hash of the design that was in force when the results were written; null without one.</summary>
    public string? Design { get; }

    /// <summary>Reads results.</summary>
    /// <param name="text">Content of the file; null for no results.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ReproException">It is malformed.</exception>
    public static ExperimentResults Read(string? text, string path)
    {
        try
        {
            return new ExperimentResults(text is null ? null : JsonSerializer.Deserialize<StoredResults>(text, Form));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ReproException($"{path}: results of an experiment were expected ({e.Message})", e);
        }
    }

    /// <summary>The result of a run whose key has not changed since; null where there is none.</summary>
    public CellResult? Find(CellKey key) => _byHash.GetValueOrDefault(key.Hash);

    /// <summary>Writes results, a line for each run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="experiment">Whose.</param>
    /// <param name="design">Stamp of its design; null without one.</param>
    /// <param name="runs">All runs.</param>
    public static void Write(string path, IExperiment experiment, string? design, IEnumerable<(CellKey Key, CellResult Result)> runs)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string Text<T>(T value) => JsonSerializer.Serialize(value, Form);
        var lines = runs.Select(run => Text(new StoredRun(
            run.Key.Hash, run.Key.World, run.Key.Arm, run.Key.Seed, run.Result.Values, run.Result.Samples)));
        AtomicFile.WriteText(
            path,
            $"{{\"experiment\": {Text(experiment.Id)}, \"title\": {Text(experiment.Title)}, \"version\": {Text(experiment.Version)},\n"
                + $"\"design\": {Text(design)},\n\"made_with\": {Text(Machine())},\n\"runs\": [\n"
                + string.Join(",\n", lines) + "\n]}\n");
    }

    private static string Machine() => Invariant($"LibTorch {LibTorch.Load().Version ?? "of unknown version"} on ")
        + Invariant($"{RuntimeInformation.ProcessArchitecture}, threads: {get_num_threads()}");

    private sealed record StoredResults(string Experiment, string Title, string Version, string? Design, string MadeWith,
        IReadOnlyList<StoredRun> Runs);

    private sealed record StoredRun(
        string Hash, string World, string Arm, long Seed, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string,
            string> Samples);
}

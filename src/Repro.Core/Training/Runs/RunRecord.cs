using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;

namespace Repro.Core.Training.Runs;

/// <summary>What the folder of a run tells, whether the run is finished, failed or at work: to show it and to compare it with
/// others.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Settings">Every setting of <c>resolved.yaml</c> by its keys joined with points.</param>
/// <param name="Environment">The content of <c>environment.json</c>.</param>
/// <param name="Lines">The lines of <c>metrics.jsonl</c>, in order.</param>
public sealed record RunRecord(
    string Path, IReadOnlyDictionary<string, string> Settings, JsonObject Environment, IReadOnlyList<MetricLine> Lines)
{
    private const string ResolvedName = ModelLocation.ResolvedSettings;
    private const string EnvironmentName = "environment.json";

    /// <summary>Steps that are done.</summary>
    public long Steps => Lines.Count == 0 ? 0 : Lines[^1].Step;

    /// <summary>Whether the result of the last step is written.</summary>
    public bool Finished => File.Exists(System.IO.Path.Combine(Path, "final", "step"))
        && File.ReadAllText(System.IO.Path.Combine(Path, "final", "step")).Trim() == Steps.ToString(CultureInfo.InvariantCulture);

    /// <summary>Tokens of all steps, without padding.</summary>
    public long Tokens => Lines.Sum(line => line.Tokens);

    /// <summary>Seconds of all steps.</summary>
    public double StepSeconds => Lines.Where(line => !line.IsEvaluation).Sum(line => line.Seconds);

    /// <summary>Seconds of all evaluations.</summary>
    public double EvaluationSeconds => Lines.Where(line => line.IsEvaluation).Sum(line => line.Seconds);

    /// <summary>The error that the last session ended with; null if it did not fail.</summary>
    public string? Error => Environment["failures"] is JsonArray { Count: > 0 } failures
        && (long?)failures[^1]!["session"] == (Environment["sessions"] as JsonArray)?.Count ? (string?)failures[^1]!["error"] : null;

    /// <summary>A metric by step. What is not finite is left out.</summary>
    /// <param name="name">Name of the metric.</param>
    /// <param name="evaluation">Of the held-out data rather than of training.</param>
    /// <param name="most">Most points, at least 1: beyond that each is the mean of neighbouring steps, at the last of them.</param>
    public IReadOnlyList<(double Step, double Value)> Curve(string name, bool evaluation, int most)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return RunCurves.Points(Lines, name, evaluation, most);
    }

    /// <summary>Whether a folder is that of a run.</summary>
    /// <param name="path">The folder.</param>
    public static bool IsRun(string path) => File.Exists(System.IO.Path.Combine(path, ResolvedName));

    /// <summary>Reads the folder of a run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="ReproException">It is not that of a run, or a file in it is not what a run writes.</exception>
    public static RunRecord Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (resolved, environment) = (System.IO.Path.Combine(path, ResolvedName), System.IO.Path.Combine(path, EnvironmentName));
        if (!File.Exists(resolved))
        {
            throw new ReproException($"{path}: is not the folder of a run; there is no {ResolvedName}.");
        }

        try
        {
            var known = JsonNode.Parse(File.ReadAllBytes(environment)) as JsonObject
                ?? throw new ReproException($"{environment}: is not what a run writes; a mapping was expected.");
            var settings = ConfigFlat.Flatten(File.ReadAllText(resolved), resolved);
            return new RunRecord(path, settings, known, LinesOf(System.IO.Path.Combine(path, RunLogs.MetricFile)));
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be read as a run: {failure.Message}", failure);
        }
    }

    /// <summary>The whole lines of a log of metrics; a last line that is torn, because the run is at work or was killed, is passed
    /// over.</summary>
    internal static IReadOnlyList<MetricLine> LinesOf(string file)
    {
        var found = new List<MetricLine>();
        foreach (var line in Rows(file))
        {
            if (MetricLine.Parse(line) is not { } parsed)
            {
                break;
            }

            found.Add(parsed);
        }

        return found;
    }

    /// <summary>The lines of a file that another process may be writing; none where there is no file.</summary>
    internal static IEnumerable<string> Rows(string file)
    {
        if (!File.Exists(file))
        {
            yield break;
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}

/// <summary>A line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Steps that were done.</param>
/// <param name="IsEvaluation">Whether held-out data were evaluated, rather than a step done.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Tokens">Tokens of the step, without padding; 0 for an evaluation.</param>
/// <param name="Metrics">Numbers by name; they may be infinite or not a number.</param>
public sealed record MetricLine(long Step, bool IsEvaluation, double Seconds, long Tokens, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>Reads a line; null where it is not one.</summary>
    internal static MetricLine? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject { } node && node["metrics"] is JsonObject metrics
                ? new MetricLine(
                    (long)node["step"]!,
                    (string?)node["kind"] == "evaluation",
                    (double?)node["seconds"] ?? 0,
                    (long?)node["tokens"] ?? 0,
                    Numbers(metrics))
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    // JSON has no numbers that are not finite: they are written as texts.
    internal static Dictionary<string, double> Numbers(JsonObject metrics) => metrics.ToDictionary(
        pair => pair.Key,
        pair => pair.Value is JsonValue value && value.TryGetValue(out double number) ? number
            : double.Parse(pair.Value?.ToString() ?? "NaN", CultureInfo.InvariantCulture),
        StringComparer.Ordinal);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Repro.Core.Data;
using Repro.Core.Models;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>A file of samples, and what its name says of it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Task">The task.</param>
/// <param name="Date">When the run was, as lm-eval puts it after the task; null where the name has none.</param>
public sealed partial record SampleFile(string Path, string Task, string? Date)
{
    /// <summary>Reads the name of a file; null where it is none of samples.</summary>
    /// <param name="path">Such as <c>samples_arc_easy_2026-01-01T00-00-00.123456.jsonl</c>, also compressed.</param>
    public static SampleFile? Parse(string path) => Name().Match(System.IO.Path.GetFileName(path)) is { Success: true } match
        ? new(path, match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : null) : null;

    [GeneratedRegex(@"^samples_(.+?)(?:_(\d{4}-\d{2}-\d{2}T[\d\-.:]+))?\.jsonl(?:\.gz|\.zst)?$", RegexOptions.None, 1000)]
    private static partial Regex Name();
}

/// <summary>What the results of a run, in a file beside its samples, say of a task.</summary>
/// <param name="Profile">The harness; null where the file does not say.</param>
/// <param name="Shots">Examples before each document; null where the file does not say.</param>
/// <param name="IsLimited">Whether only the first documents were asked for.</param>
/// <param name="By">The model that answered; null where the file does not say.</param>
public sealed record SampleOrigin(string? Profile, int? Shots, bool IsLimited, ModelIdentity? By)
{
    // As lm-eval names them. Ours stand with a task or with the whole file, lm-eval's in its configuration and in that of a task.
    private static readonly string[] Recorded = ["profile", "limit", "dtype", "add_bos_token", "max_gen_toks", "sampling"];

    /// <summary>How the questions were asked, as far as the file says: <c>num_fewshot</c>, <c>limit</c>, <c>max_gen_toks</c> and their
    /// like. A key that is missing was not recorded; one with null was, and is not set.</summary>
    public JsonObject Settings { get; init; } = [];

    /// <summary>Reads the results that belong to a file of samples: those of the same time, else the only ones in the folder that have the
    /// task.</summary>
    /// <param name="samples">The file.</param>
    /// <returns>Nothing known where there are none.</returns>
    /// <exception cref="ReproException">A file of results is damaged.</exception>
    public static SampleOrigin Read(SampleFile samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var folder = Path.GetDirectoryName(Path.GetFullPath(samples.Path))!;
        var same = samples.Date is null ? [] : Directory.GetFiles(folder, $"*_{samples.Date}.json");
        var files = same.Length > 0 ? same : [.. Directory.GetFiles(folder, "results*.json").Order(StringComparer.Ordinal)];
        var found = files.Select(file => Read(file, samples.Task)).OfType<SampleOrigin>().ToList();
        return found.Count == 1 ? found[0] : new(null, null, IsLimited: false, By: null);
    }

    /// <summary>Reads a file of results.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="ReproException">It is damaged.</exception>
    public static JsonObject Results(string file)
    {
        try
        {
            // Nodes come apart where they are read; what is wrong with a key is said here.
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(file), new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonRows.CheckNames(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object ? JsonObject.Create(document.RootElement.Clone())!
                : throw new FormatException("an object was expected");
        }
        catch (JsonException e)
        {
            throw new ReproException(Invariant($"{file}:{(e.LineNumber ?? 0) + 1}: is not valid JSON, and results of benchmarks were ")
                + $"expected: {JsonRows.Reason(e)}.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or IOException)
        {
            throw Damaged(file, e);
        }
    }

    // Ours stand with each task, those of lm-eval in mappings of their own.
    private static SampleOrigin? Read(string file, string task)
    {
        var root = Results(file);
        try
        {
            var (own, shots) = (root["tasks"]?[task], root["n-shot"]?[task]);
            var limit = root["limit"] ?? root["config"]?["limit"];
            var examples = (int?)(own?["num_fewshot"] ?? shots);
            return own is null && shots is null && root["results"]?[task] is null ? null
                : new(
                    (string?)root["profile"], examples, limit is not null,
                    ModelIdentity.Read(root["generated_by"], $"{file}: generated_by"))
                {
                    Settings = SettingsOf(
                        examples is null ? [] : new() { ["num_fewshot"] = examples },
                        [own, root, root["config"], root["configs"]?[task]?["generation_kwargs"]]),
                };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw Damaged(file, e);
        }
    }

    // The nearest place counts.
    private static JsonObject SettingsOf(JsonObject settings, IEnumerable<JsonNode?> places)
    {
        foreach (var place in places.OfType<JsonObject>())
        {
            foreach (var key in Recorded.Where(key => place.ContainsKey(key) && !settings.ContainsKey(key)))
            {
                settings[key] = place[key]?.DeepClone();
            }
        }

        return settings;
    }

    private static ReproException Damaged(string file, Exception e) =>
        new($"{file}: cannot be read as results of benchmarks: {e.Message}", e);
}

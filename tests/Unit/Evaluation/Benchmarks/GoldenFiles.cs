using System.Globalization;
using System.Text.Json;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>What the peers' programs gave, as files beside the published data. Any folder in the same format runs through unchanged: tests
/// go through the rows that are there.</summary>
internal static class GoldenFiles
{
    internal static JsonElement Json(params string[] parts) => JsonDocument.Parse(File.ReadAllBytes(DataFolder.Path(parts))).RootElement;

    internal static List<Dictionary<string, string>> Table(params string[] parts)
    {
        var lines = File.ReadAllLines(DataFolder.Path(parts)).Where(line => line.Length > 0).Select(line => line.Split(',')).ToList();
        return [.. lines.Skip(1).Select(cells => lines[0].Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    /// <summary>The files of lm-eval's tasks: prompts, log-likelihoods and scores.</summary>
    internal static IEnumerable<(string File, JsonElement Golden)> Tasks() =>
        Directory.GetFiles(DataFolder.Path("lm-eval-reference"), "*.json").Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), Golden: Json("lm-eval-reference", Path.GetFileName(path))))
            .Where(entry => entry.Golden.TryGetProperty("requests_sha256", out _));

    /// <summary>A task on its published file, or, where that is too large to lie there, on the file of its folder with as many
    /// documents.</summary>
    internal static BenchmarkTask Load(string name, int shots, int documents)
    {
        var (settings, subset) = BenchmarkLibrary.Find(name);
        var own = settings.Data[0].Replace("{subset}", subset, StringComparison.Ordinal);
        if (File.Exists(DataFolder.Path(own)))
        {
            return BenchmarkTask.Load(settings, subset, DataFolder.Root, shots);
        }

        var folder = Path.GetDirectoryName(own)!;
        return Directory.GetFiles(DataFolder.Path(folder), "*" + Path.GetExtension(own)).Order(StringComparer.Ordinal)
            .Select(path => BenchmarkTask.Load(settings, subset, DataFolder.Root, shots, [Path.Combine(folder, Path.GetFileName(path))]))
            .First(task => task.Documents.Count == documents);
    }

    internal static double? Number(Dictionary<string, string> row, string column) =>
        row.GetValueOrDefault(column) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}

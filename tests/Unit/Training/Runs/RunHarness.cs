using System.Text.Json.Nodes;
using Repro.Core.Training.Runs;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>Runs the line trainer in a folder and reads what it left.</summary>
internal static class RunHarness
{
    internal static RunOutcome Run(
        string path, LineConfig config, bool resume = false, IRunFiles? files = null, LineTrainer? trainer = null,
        IRunProgress? progress = null, CancellationToken cancellation = default)
    {
        using var own = trainer ?? new LineTrainer(config.Seed);
        using var folder = RunFolder.Open(
            path, config, null, resume, files ?? new DiskFiles(), TimeProvider.System, CancellationToken.None);
        return new TrainingRun(folder, progress).Run(own, cancellation);
    }

    /// <summary>The log of metrics without what depends on the clock.</summary>
    internal static IReadOnlyList<string> Metrics(string path) =>
    [
        .. File.ReadLines(Path.Combine(path, "metrics.jsonl")).Select(line =>
        {
            var node = JsonNode.Parse(line)!.AsObject();
            node.Remove("seconds");
            return node.ToJsonString();
        }),
    ];

    internal static byte[] Result(string path) => File.ReadAllBytes(Path.Combine(path, "final", "line.safetensors"));

    internal static IReadOnlyList<string> Checkpoints(string path) =>
        [
            .. Directory.EnumerateDirectories(Path.Combine(path, "checkpoints")).Select(folder => Path.GetFileName(folder))
                .Order(StringComparer.Ordinal),
        ];
}

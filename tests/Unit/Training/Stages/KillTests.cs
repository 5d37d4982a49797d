using System.Diagnostics;
using System.Text.Json.Nodes;
using Repro.Experiments.Cli;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Stages;

/// <summary>Real processes, really killed.</summary>
[Collection(TensorCollection.Name)]
public sealed class KillTests : IDisposable
{
    private const int Kills = 20;

    private readonly SmallWorld _world = new();

    [Fact]
    public void Killed_twenty_times_at_random_moments_it_ends_with_the_same_bits()
    {
        _world.Run("prepare", _world.File("prepare.yaml"), "--out", _world.File("model"));
        var random = new Random(20);
        var watch = Stopwatch.StartNew();
        Start("whole").WaitForExit();
        var whole = watch.Elapsed.TotalMilliseconds;

        // Long enough that many a process gets past its start and writes checkpoints; each kill comes at a moment of its own.
        for (var i = 0; i < Kills; i++)
        {
            using var process = Start("killed");
            if (!process.WaitForExit((int)(whole * (0.35 + (0.6 * random.NextDouble())))))
            {
                process.Kill();
                process.WaitForExit();
            }
        }

        using var last = Start("killed");
        last.WaitForExit();

        last.ExitCode.Should().Be(0);
        Result("killed").Should().Equal(Result("whole"));
        Metrics("killed").Should().Equal(Metrics("whole"));
        JsonNode.Parse(File.ReadAllText(_world.File("killed/environment.json")))!["sessions"]!.AsArray().Count
            .Should().BeGreaterThan(2, "the processes were killed at work");
    }

    public void Dispose() => _world.Dispose();

    private Process Start(string run)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            typeof(CommandLine).Assembly.Location, "train", _world.File("sft.yaml"), "--out", _world.File(run), "--resume",
            "--set", "epochs=20", "--set", "run.checkpoint_every=1",
        })
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private byte[] Result(string run) => File.ReadAllBytes(_world.File(run + "/final/model.safetensors"));

    private List<string> Metrics(string run) =>
    [
        .. File.ReadLines(_world.File(run + "/metrics.jsonl")).Select(line =>
        {
            var node = JsonNode.Parse(line)!.AsObject();
            node.Remove("seconds");
            return node.ToJsonString();
        }),
    ];
}

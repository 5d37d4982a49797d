using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Hardware;
using Repro.Core.Training;
using Repro.Core.Training.Runs;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Runs;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public TrainingRunTests() => _path = Path.Combine(_folder.Path, "run");

    [Fact]
    public void A_whole_run_leaves_everything_in_its_folder()
    {
        var data = _folder.Write("data.jsonl", "{}\n");
        var progress = new NotedProgress();

        RunHarness.Run(_path, LineConfig.Of(data: data), progress: progress).Should().Be(RunOutcome.Finished);

        progress.Steps.Should().Equal(Enumerable.Range(1, 12).Select(step => (long)step));
        progress.Begun.Should().Be((0L, 12L));
        progress.Ended.Should().BeTrue();
        Directory.EnumerateFileSystemEntries(_path).Select(Path.GetFileName).Should().BeEquivalentTo(
            "card.md", "checkpoints", "config.yaml", "curves.svg", "environment.json", EventFile.Name, "final", "lock", "metrics.jsonl",
            "resolved.yaml", "samples.jsonl");
        RunHarness.Checkpoints(_path).Should().Equal("step-00000009", "step-00000012");
        var metrics = File.ReadLines(Path.Combine(_path, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        metrics.Select(line => $"{line["kind"]} {line["step"]}").Should().Equal(
            "train 1", "train 2", "train 3", "train 4", "evaluation 4", "train 5", "train 6", "train 7", "train 8", "evaluation 8",
            "train 9", "train 10", "train 11", "train 12", "evaluation 12");
        ((long)metrics[^2]["tokens_so_far"]!).Should().Be(96);
        var samples = File.ReadLines(Path.Combine(_path, "samples.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        samples.Select(line => (long)line["step"]!).Should().Equal(5, 10);
        ((string)samples[0]["response"]!).Should().Be("é\n\"quoted\"");
        ((string)samples[0]["scores"]!["score"]!).Should().Be("NaN");
        var environment = JsonNode.Parse(File.ReadAllText(Path.Combine(_path, "environment.json")))!;
        ((string)environment["files"]![data]!["sha256"]!).Should().Be("ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356");
        ((string)environment["files"]![data]!["key"]!).Should().Be("data");
        ((string)environment["sessions"]![0]!["lib_torch"]!).Should().Be(Core.Hardware.LibTorch.Load().Version);
        File.ReadAllText(Path.Combine(_path, "card.md"))
            .Should().Contain("All 12 steps are done.").And.Contain("| optimizer.learning_rate | 0.05 |").And.Contain("| first |");
    }

    /// <summary>A damaged checkpoint of a later step must not push out the one that was just written.</summary>
    [Fact]
    public void Checkpoints_of_later_steps_than_the_one_just_written_are_not_kept_in_its_place()
    {
        var store = new CheckpointStore(_path, new DiskFiles(), _ => { });
        foreach (var step in new[] { 100L, 200, 150 })
        {
            store.Save(step, new Dictionary<string, Tensor>(), [], keep: 1);
        }

        store.Finished().Select(checkpoint => checkpoint.Step).Should().Equal(150);
    }

    [Fact]
    public void The_files_of_a_run_that_a_run_reads_are_those_of_its_model()
    {
        _folder.Write("rm/resolved.yaml", "seed: 1");
        _folder.Write("rm/metrics.jsonl", "{}");
        var config = _folder.Write("rm/final/config.json", "{}");
        var unfinished = _folder.Write("other/resolved.yaml", "seed: 2");

        var found = RunInputs.Read(
            [("reward", Path.Combine(_folder.Path, "rm")), ("model", Path.Combine(_folder.Path, "other"))], CancellationToken.None);

        found.Keys.Should().Equal(unfinished, config);
    }

    [Fact]
    public void Scalars_are_in_the_event_file()
    {
        RunHarness.Run(_path, LineConfig.Of());

        using var stream = File.OpenRead(Path.Combine(_path, EventFile.Name));
        var events = EventFile.Read(stream).ToList();

        events[^1].End.Should().Be(stream.Length);
        events[0].Event.FileVersion.Should().Be("brain.Event:2");
        events.Skip(1).Select(entry => entry.Event.Step).Should().Equal(1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12);
        var logged = JsonNode.Parse(File.ReadLines(Path.Combine(_path, "metrics.jsonl")).First())!["metrics"]!;
        events[1].Event.Summary.Value.Select(value => value.Tag)
            .Should().BeEquivalentTo("train/loss", "train/gradient_norm", "train/running", "train/tokens_per_second");
        events[1].Event.Summary.Value.Single(value => value.Tag == "train/loss").SimpleValue.Should().Be((float)(double)logged["loss"]!);
        events[5].Event.Summary.Value.Select(value => value.Tag).Should().Equal("evaluation/first");
    }

    [Fact]
    public void An_interrupted_run_keeps_a_checkpoint_and_goes_on_to_the_same_result()
    {
        var whole = Whole();
        foreach (var moment in Enumerable.Range(0, 12))
        {
            var path = Invariant($"{_path}-{moment}");
            using var interrupt = new CancellationTokenSource();
            var trainer = new LineTrainer(1) { Before = step => { if (step == moment) { interrupt.Cancel(); } } };

            RunHarness.Run(path, LineConfig.Of(), trainer: trainer, cancellation: interrupt.Token).Should().Be(RunOutcome.Interrupted);

            if (moment > 0)
            {
                RunHarness.Checkpoints(path)[^1].Should().Be(Invariant($"step-{moment:D8}"));
            }

            Directory.Exists(Path.Combine(path, "final")).Should().BeFalse();
            RunHarness.Run(path, LineConfig.Of(), resume: true).Should().Be(RunOutcome.Finished);
            RequireEqual(path, whole);
        }
    }

    [Fact]
    public void An_interrupted_evaluation_is_made_up_for()
    {
        var whole = Whole();
        using var interrupt = new CancellationTokenSource();
        RunHarness.Run(_path, LineConfig.Of(), trainer: new LineTrainer(1) { OnEvaluate = interrupt.Cancel }, cancellation: interrupt.Token)
            .Should().Be(RunOutcome.Interrupted);

        RunHarness.Run(_path, LineConfig.Of(), resume: true);

        RequireEqual(_path, whole);
    }

    [Fact]
    public void Killed_at_any_file_operation_it_goes_on_to_the_same_bits()
    {
        var whole = Whole();
        var count = new FaultyFiles(int.MaxValue, () => new InvalidOperationException());
        RunHarness.Run(_path + "-count", LineConfig.Of(), files: count);
        count.Operations.Should().BeGreaterThan(100);

        for (var moment = 1; moment <= count.Operations; moment++)
        {
            var path = Invariant($"{_path}-{moment}");
            var killed = () => RunHarness.Run(
                path, LineConfig.Of(), files: new FaultyFiles(moment, () => new InvalidOperationException("killed")));
            killed.Should().Throw<InvalidOperationException>().WithMessage("killed");

            RunHarness.Run(path, LineConfig.Of(), resume: true).Should().Be(RunOutcome.Finished);

            RequireEqual(path, whole);
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void The_start_is_evaluated_once_where_it_is_asked_for()
    {
        var config = LineConfig.Of(run: new RunSettings { CheckpointEvery = 3, EvaluateEvery = 4, EvaluateOnStart = true });
        var path = _path + "-whole";
        var files = new FaultyFiles(int.MaxValue, () => new InvalidOperationException());
        RunHarness.Run(path, config, files: files);
        var whole = RunHarness.Metrics(path);
        whole.Count(line => line.Contains("\"kind\":\"evaluation\"", StringComparison.Ordinal)).Should().Be(4);
        whole[0].Should().Contain("\"step\":0,\"kind\":\"evaluation\"");
        for (var moment = 1; moment <= files.Operations; moment++)
        {
            var killed = Invariant($"{_path}-{moment}");
            FluentActions.Invoking(() =>
                RunHarness.Run(killed, config, files: new FaultyFiles(moment, () => new InvalidOperationException("killed"))))
                .Should().Throw<InvalidOperationException>();
            RunHarness.Run(killed, config, resume: true).Should().Be(RunOutcome.Finished);
            RunHarness.Metrics(killed).Should().Equal(whole);
            using var stream = File.OpenRead(Path.Combine(killed, EventFile.Name));
            EventFile.Read(stream).Skip(1).Select(entry => entry.Event.Step)
                .Should().Equal(0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12);
            Directory.Delete(killed, recursive: true);
        }
    }

    [Fact]
    public void Killed_again_and_again_it_goes_on_to_the_same_bits()
    {
        var whole = Whole();
        var random = new Random(11);
        var killed = 0;
        while (true)
        {
            try
            {
                RunHarness.Run(
                    _path, LineConfig.Of(), resume: true,
                    files: new FaultyFiles(random.Next(10, 90), () => new InvalidOperationException("killed")));
                break;
            }
            catch (InvalidOperationException)
            {
                killed++;
            }
        }

        killed.Should().BeGreaterThan(3);
        RequireEqual(_path, whole);
    }

    [Fact]
    public void A_full_disk_is_told_and_leaves_the_last_checkpoint_whole()
    {
        var whole = Whole();
        var files = new FaultyFiles(int.MaxValue, () => new IOException());
        RunHarness.Run(_path + "-count", LineConfig.Of(), files: files);

        for (var moment = 20; moment < files.Operations; moment += 7)
        {
            var path = Invariant($"{_path}-{moment}");
            var full = () => RunHarness.Run(
                path, LineConfig.Of(), files: new FaultyFiles(moment, () => new IOException("No space left on device")));
            full.Should().Throw<ReproException>().WithMessage($"{path}: *No space left on device*").Which.Message
                .Should().MatchRegex("is whole|no checkpoint yet|cannot be written");

            RunHarness.Run(path, LineConfig.Of(), resume: true);

            RequireEqual(path, whole);
        }
    }

    [Fact]
    public void A_failed_step_leaves_the_checkpoints_and_shows_its_message()
    {
        var failing = new LineTrainer(1)
        {
            Before = step => { if (step == 7) { throw new ReproException("The loss at step 7 is NaN."); } },
        };

        FluentActions.Invoking(() => RunHarness.Run(_path, LineConfig.Of(), trainer: failing))
            .Should().Throw<ReproException>().WithMessage("The loss at step 7 is NaN.");

        RunHarness.Checkpoints(_path).Should().Equal("step-00000003", "step-00000006");
    }

    [Fact]
    public void A_maximum_of_steps_ends_the_run_early_and_more_can_follow()
    {
        var whole = Whole();
        RunHarness.Run(_path, LineConfig.Of(run: new RunSettings { CheckpointEvery = 0, EvaluateEvery = 4, MaximumSteps = 8 }))
            .Should().Be(RunOutcome.Finished);
        RunHarness.Result(_path).Should().NotEqual(whole.Result);
        File.ReadAllText(Path.Combine(_path, "card.md")).Should().Contain("8 of 12 steps are done");

        RunHarness.Run(_path, LineConfig.Of(), resume: true);

        RequireEqual(_path, whole);
    }

    [Fact]
    public void A_finished_run_has_nothing_left_to_do()
    {
        Whole();
        var written = File.GetLastWriteTimeUtc(Path.Combine(_folder.Path, "whole", "final", "line.safetensors"));
        var exported = 0;

        RunHarness.Run(
            Path.Combine(_folder.Path, "whole"), LineConfig.Of(), resume: true, trainer: new LineTrainer(1) { OnExport = () => exported++ })
            .Should().Be(RunOutcome.Finished);

        exported.Should().Be(0);
        File.GetLastWriteTimeUtc(Path.Combine(_folder.Path, "whole", "final", "line.safetensors")).Should().Be(written);
    }

    public void Dispose() => _folder.Dispose();

    private (byte[] Result, IReadOnlyList<string> Metrics, byte[] Samples) Whole()
    {
        var path = Path.Combine(_folder.Path, "whole");
        RunHarness.Run(path, LineConfig.Of());
        return (RunHarness.Result(path), RunHarness.Metrics(path), File.ReadAllBytes(Path.Combine(path, "samples.jsonl")));
    }

    private static void RequireEqual(string path, (byte[] Result, IReadOnlyList<string> Metrics, byte[] Samples) whole)
    {
        RunHarness.Result(path).Should().Equal(whole.Result);
        RunHarness.Metrics(path).Should().Equal(whole.Metrics);
        File.ReadAllBytes(Path.Combine(path, "samples.jsonl")).Should().Equal(whole.Samples);
        using var stream = File.OpenRead(Path.Combine(path, EventFile.Name));
        EventFile.Read(stream).Skip(1).Select(entry => entry.Event.Step).Should().Equal(1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12);
    }
}

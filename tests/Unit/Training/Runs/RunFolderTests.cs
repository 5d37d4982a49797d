using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Hardware;
using Repro.Core.Training;
using Repro.Core.Training.Runs;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Training.Runs;

[Collection(TensorCollection.Name)]
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public RunFolderTests() => _path = Path.Combine(_folder.Path, "run");

    [Fact]
    public void A_second_run_in_the_same_folder_is_refused()
    {
        RunHarness.Run(_path, LineConfig.Of());

        Opening(LineConfig.Of(), resume: false)
            .Should().Throw<ReproException>().WithMessage($"{_path} already holds a run: --resume*--out.");
    }

    [Fact]
    public void A_folder_with_other_things_is_refused()
    {
        _folder.Write("run/thesis.tex", "years of work");

        Opening(LineConfig.Of(), resume: false).Should().Throw<ReproException>().WithMessage($"{_path} is not empty*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_ended_before_its_first_session_can_begin_anew_with_other_settings(bool resume)
    {
        RunFolder.Open(_path, LineConfig.Of()).Dispose();
        using (RunFolder.Open(_path, LineConfig.Of() with { Seed = 77 }, resume: resume))
        {
            File.ReadAllText(Path.Combine(_path, "resolved.yaml")).Should().Contain("seed: 77");
        }

        RunHarness.Run(_path, LineConfig.Of() with { Seed = 77 }, resume: resume);
        Opening(LineConfig.Of(), resume: false).Should().Throw<ReproException>().WithMessage("*already holds a run*");
        Opening(LineConfig.Of(), resume: true).Should().Throw<ReproException>().WithMessage("*seed*");
    }

    [Fact]
    public void A_folder_that_only_looks_like_one_before_its_first_session_is_refused()
    {
        RunFolder.Open(_path, LineConfig.Of()).Dispose();
        _folder.Write("run/notes.txt", "mine");

        Opening(LineConfig.Of(), resume: false).Should().Throw<ReproException>();
        File.ReadAllText(Path.Combine(_path, "notes.txt")).Should().Be("mine");
    }

    [Fact]
    public void A_run_that_was_begun_with_old_names_of_settings_is_refused_with_the_reason()
    {
        RunHarness.Run(_path, LineConfig.Of());
        File.AppendAllText(Path.Combine(_path, "resolved.yaml"), "training:\n  batch:\n    rows: 4\n");

        Opening(LineConfig.Of()).Should().Throw<ReproException>().WithMessage(
            $"{_path}: the run was begun by a version with other names of settings (training.batch.rows is batch_size now) and cannot be "
                + "resumed by this one. Begin another run with --out.");
    }

    [Fact]
    public void Other_settings_are_refused_by_the_first_key_that_differs()
    {
        RunHarness.Run(_path, LineConfig.Of());

        Opening(LineConfig.Of(seed: 2))
            .Should().Throw<ReproException>().WithMessage($"{_path}: the run was begun with seed: 1, now it is 2.*");
        Opening(LineConfig.Of() with { Optimizer = new() { LearningRate = 0.1 } })
            .Should().Throw<ReproException>().WithMessage("*begun with optimizer.learning_rate: 0.05, now it is 0.1.*");
        Opening(LineConfig.Of(run: new RunSettings { CheckpointEvery = 1 })).Should().NotThrow();
    }

    [Fact]
    public void A_file_added_to_or_taken_from_a_data_folder_is_refused()
    {
        var first = _folder.Write("set/train-0.jsonl", "{}\n");
        var folder = Path.GetDirectoryName(first)!;
        RunHarness.Run(_path, LineConfig.Of(data: folder));
        _folder.Write("set/.hidden", "of the system");
        Opening(LineConfig.Of(data: folder)).Should().NotThrow();

        var second = _folder.Write("set/train-1.jsonl", "{}\n");
        Opening(LineConfig.Of(data: folder)).Should().Throw<ReproException>()
            .WithMessage($"{second} (data) was not there when the run was begun. Take it away, or begin another run with --out.");
        File.Delete(second);
        File.Delete(first);
        Opening(LineConfig.Of(data: folder)).Should().Throw<ReproException>()
            .WithMessage(
                $"{first} (data) was there when the run was begun and is missing now. Put it back, or begin another run with --out.");
    }

    [Fact]
    public void Other_data_are_refused()
    {
        var data = _folder.Write("data.jsonl", "{}\n");
        RunHarness.Run(_path, LineConfig.Of(data: data));
        File.WriteAllText(data, "[]\n");

        Opening(LineConfig.Of(data: data))
            .Should().Throw<ReproException>().WithMessage($"{data} (data) is not the file that the run was begun with*");
    }

    [Fact]
    public void Two_processes_do_not_share_a_folder()
    {
        using var first = RunFolder.Open(_path, LineConfig.Of());

        Opening(LineConfig.Of()).Should().Throw<ReproException>().WithMessage($"{_path}: another process works in this folder*");
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told()
    {
        var file = _folder.Write("taken", "a file");

        FluentActions.Invoking(() => RunFolder.Open(Path.Combine(file, "run"), LineConfig.Of()).Dispose())
            .Should().Throw<ReproException>().WithMessage("*the folder of the run cannot be written*");
    }

    [Fact]
    public void A_file_that_begins_with_a_hole_is_refused_before_it_is_hashed()
    {
        var data = Path.Combine(_folder.Path, "rows.jsonl");
        using (var stream = File.Create(data))
        {
            stream.SetLength(1 << 20);
        }

        Opening(LineConfig.Of(data: data), resume: false).Should().Throw<ReproException>()
            .WithMessage($"{data} (data): begins with 65536 NUL*");
    }

    [Fact]
    public void Hashing_stops_within_a_file()
    {
        var data = _folder.Write("rows.jsonl", new string('a', 3 << 20));

        FluentActions.Invoking(() => FileSeal.Compute(data, new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
        FileSeal.Compute(data).Should().Be(new FileSeal(3 << 20, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(data)))));
    }

    [Fact]
    public void Both_texts_of_the_settings_are_kept()
    {
        using (RunFolder.Open(_path, LineConfig.Of(), "seed: ${SEED}\n"))
        {
        }

        File.ReadAllText(Path.Combine(_path, "config.yaml")).Should().Be("seed: ${SEED}\n");
        new ConfigReader().Read<LineConfig>(Path.Combine(_path, "resolved.yaml")).Should().BeEquivalentTo(
            LineConfig.Of() with { Model = new ModelSettings { Path = Path.Combine(_path, "none") } },
            options => options.ComparingRecordsByMembers());
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_with_a_warning()
    {
        RunHarness.Run(_path, LineConfig.Of());
        var whole = RunHarness.Result(_path);
        Directory.Delete(Path.Combine(_path, "final"), recursive: true);
        var tensors = Path.Combine(_path, "checkpoints", "step-00000012", "tensors.safetensors");
        using (var stream = File.OpenWrite(tensors))
        {
            stream.SetLength(stream.Length - 1);
        }

        var progress = new NotedProgress();
        RunHarness.Run(_path, LineConfig.Of(), resume: true, progress: progress);

        progress.Warnings.Should().ContainSingle().Which.Should().Match(
            $"the checkpoint of step 12 is damaged: {tensors} has * bytes instead of *; "
                + "going on from the checkpoint of step 9 before it.");
        progress.Begun.Should().Be((9L, 12L));
        RunHarness.Result(_path).Should().Equal(whole);
    }

    [Fact]
    public void With_every_checkpoint_damaged_nothing_is_thrown_away()
    {
        RunHarness.Run(_path, LineConfig.Of());
        foreach (var name in RunHarness.Checkpoints(_path))
        {
            var tensors = Path.Combine(_path, "checkpoints", name, "tensors.safetensors");
            var bytes = File.ReadAllBytes(tensors);
            bytes[^1] ^= 1;
            File.WriteAllBytes(tensors, bytes);
        }

        FluentActions.Invoking(() => RunHarness.Run(_path, LineConfig.Of(), resume: true)).Should().Throw<ReproException>()
            .WithMessage(
                "No checkpoint can be used: the checkpoint of step 12 is damaged: *SHA-256 differs*; the checkpoint of step 9 is "
                    + "damaged*Remove *checkpoints to begin anew.");
        RunHarness.Checkpoints(_path).Should().HaveCount(2);
    }

    [Fact]
    public void A_checkpoint_of_another_trainer_is_refused()
    {
        RunHarness.Run(_path, LineConfig.Of());
        using var trainer = new LineTrainer(1);
        using var other = new OtherTrainer();
        var checkpoint = new CheckpointStore(Path.Combine(_path, "checkpoints"), new DiskFiles(), _ => { }).Newest()!;

        FluentActions.Invoking(() => CheckpointStore.Restore(checkpoint, other)).Should().Throw<ReproException>()
            .WithMessage("*tensors.safetensors: tensor 'parameter.weight' is Float32 [3], this run has Float32 [4].");
    }

    [Fact]
    public void Another_environment_is_warned_of()
    {
        RunHarness.Run(_path, LineConfig.Of());
        var file = Path.Combine(_path, "environment.json");
        File.WriteAllText(
            file,
            File.ReadAllText(file)
                .Replace($"\"lib_torch\": \"{LibTorch.Load().Version}\"", "\"lib_torch\": \"0.4\"", StringComparison.Ordinal));
        var progress = new NotedProgress();

        RunHarness.Run(_path, LineConfig.Of(), resume: true, progress: progress);

        progress.Warnings.Should().ContainSingle().Which.Should().Contain($"LibTorch {LibTorch.Load().Version} instead of 0.4");
    }

    [Fact]
    public void Other_kernels_of_linear_algebra_are_warned_of()
    {
        RunHarness.Run(_path, LineConfig.Of());
        var file = Path.Combine(_path, "environment.json");
        var environment = JsonNode.Parse(File.ReadAllText(file))!;
        var session = environment["sessions"]![0]!;
        ((string?)session["kernels"]).Should().Be(VectorInstructions.Widest);
        session["kernels"] = "Katmai";
        File.WriteAllText(file, environment.ToJsonString());
        var progress = new NotedProgress();

        RunHarness.Run(_path, LineConfig.Of(), resume: true, progress: progress);

        progress.Warnings.Should().ContainSingle().Which.Should().Contain($"kernels {VectorInstructions.Widest} instead of Katmai");
    }

    public void Dispose() => _folder.Dispose();

    private Action Opening(LineConfig config, bool resume = true) => () => RunFolder.Open(_path, config, resume: resume).Dispose();
}

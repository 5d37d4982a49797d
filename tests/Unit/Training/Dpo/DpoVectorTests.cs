using System.Text.Json;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>Whole short runs of a peer, step by step; each in every way that the numbers must not depend on.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class DpoVectorTests
{
    private const double Bound = 1e-4;

    [Theory]
    [InlineData(false, false, false, null)]
    [InlineData(true, true, false, 1)]
    [InlineData(true, false, true, 2)]
    public void Runs_go_as_the_peers_do(bool share, bool checkpointing, bool precompute, int? microRows) =>
        RunAll("cpu", share, checkpointing, precompute, microRows);

    [CudaTheory]
    [InlineData(false, false, false, null)]
    [InlineData(true, true, false, 1)]
    [InlineData(true, false, true, 2)]
    public void Runs_on_a_cuda_device_go_as_the_peers_do(bool share, bool checkpointing, bool precompute, int? microRows) =>
        RunAll("cuda", share, checkpointing, precompute, microRows);

    private static void RunAll(string device, bool share, bool checkpointing, bool precompute, int? microRows)
    {
        var cases = VectorCase.Load(VectorFolder.Path("train", "dpo_lora.json"));
        cases.Should().NotBeEmpty();
        foreach (var vector in cases)
        {
            using var trainer = Trainer(vector, new DpoSettings
            {
                Batch = new BatchSettings { BatchSize = Batches(vector)[0].Count, MicroBatchSize = microRows },
                Shuffle = false,
                SharePrompts = share,
                PrecomputeReference = precompute,
                HeadMemory = new(4096, share ? 1 << 20 : 0, LeastPositions: 1),
            }, device, checkpointing);
            Run(vector, trainer);
        }
    }

    private static void Run(VectorCase vector, DpoTrainer trainer)
    {
        var steps = vector.Output("steps").EnumerateArray().ToList();
        var pairs = Batches(vector)[0].Count;
        trainer.TotalSteps.Should().Be(steps.Count);
        for (var step = 0; step < steps.Count; step++)
        {
            double[] Read(string name) => VectorTensor.Doubles(steps[step].GetProperty(name));
            var metrics = trainer.Step(step, CancellationToken.None).Metrics;
            var because = Invariant($"{vector.Id}, step {step}");
            metrics["loss"].Should().BeApproximately(Read("loss")[0], Bound, because);
            metrics["gradient_norm"].Should().BeApproximately(Read("grad_norm_before_clip")[0], Bound, because);
            metrics["rewards/chosen"].Should().BeApproximately(Read("chosen_rewards").Average(), Bound, because);
            metrics["rewards/rejected"].Should().BeApproximately(Read("rejected_rewards").Average(), Bound, because);
            metrics["logps/chosen"].Should().BeApproximately(Read("policy_logps").Take(pairs).Average(), Bound, because);
            metrics["logps/rejected"].Should().BeApproximately(Read("policy_logps").Skip(pairs).Average(), Bound, because);
        }

        using var scope = NewDisposeScope();
        var state = trainer.StateTensors();
        foreach (var norm in vector.Output("final_adapter_norms").EnumerateObject())
        {
            state["parameter." + norm.Name].norm().ToDouble()
                .Should().BeApproximately(VectorTensor.Doubles(norm.Value)[0], Bound, norm.Name);
        }
    }

    private static DpoTrainer Trainer(VectorCase vector, DpoSettings settings, string device, bool checkpointing)
    {
        vector.Text("trainable").Should().Be("lora tensors only");
        vector.Text("reference").Should().Be("the same model with the adapter off");
        var streams = new RandomStreams(1);
        string Folder(string name) => TrainingRuns.Folder(vector.Text(name));
        var model = TrainedModel.Load(
            new ModelSettings
            {
                Path = Folder("model"),
                Adapter = Folder("adapter"),
                Device = device,
                GradientCheckpointing = checkpointing,
            },
            streams);
        return new DpoTrainer(
            PolicyPair.SharedBase(model),
            [.. Batches(vector).SelectMany(batch => batch)],
            [],
            settings,
            new DpoPairLoss(new DpoLossSettings { Beta = vector.Number("beta"), LabelSmoothing = vector.Number("label_smoothing") }),
            TrainingRuns.Optimizer(vector),
            new ScheduleSettings(),
            streams);
    }

    private static List<List<TokenPair>> Batches(VectorCase vector)
    {
        var batches = vector.Input("batches").EnumerateArray().Select(Pairs).ToList();
        batches.Should().OnlyContain(batch => batch.Count == batches[0].Count, "a trainer takes as many pairs at every step");
        return batches;
    }

    private static List<TokenPair> Pairs(JsonElement batch)
    {
        var rows = TrainingRuns.Rows(batch, "concatenated_");
        return [.. rows.Take(rows.Count / 2).Zip(rows.Skip(rows.Count / 2), (chosen, rejected) => new TokenPair(chosen, rejected))];
    }
}

using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Sft;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Sft;

/// <summary>Whole short runs of a peer, step by step.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class SftVectorTests
{
    private const double Bound = 1e-4;

    [Fact]
    public void Runs_go_as_the_peers_do() => RunAll("cpu");

    [CudaFact]
    public void Runs_on_a_cuda_device_go_as_the_peers_do() => RunAll("cuda");

    private static void RunAll(string device)
    {
        var cases = VectorCase.Load(VectorFolder.Path("train", "sft.json"));
        cases.Should().NotBeEmpty();
        foreach (var vector in cases)
        {
            Run(vector, device, checkpointing: false, bytes: 1L << 24);
            Run(vector, device, checkpointing: true, bytes: 4096);
        }
    }

    private static void Run(VectorCase vector, string device, bool checkpointing, long bytes)
    {
        vector.Number("dropout").Should().Be(0);
        var expected = vector.Expected();
        var parts = vector.Input("micro_batches").EnumerateArray().Select(part => TrainingRuns.Rows(part)).ToList();
        var accumulated = (int)vector.Number("gradient_accumulation_steps");
        var steps = (int)vector.Number("num_training_steps");
        parts.Should().OnlyContain(part => part.Count == parts[0].Count).And.HaveCount(steps * accumulated);
        var warmup = vector.Number("num_warmup_steps");
        var streams = new RandomStreams(1);
        using var trainer = new SftTrainer(
            TrainedModel.Load(
                new ModelSettings
                {
                    Path = TrainingRuns.Folder(vector.Text("model")),
                    Device = device,
                    GradientCheckpointing = checkpointing,
                },
                streams),
            [.. parts.SelectMany(part => part)],
            [],
            new SftSettings
            {
                Batch = new BatchSettings { BatchSize = parts[0].Count * accumulated, MicroBatchSize = parts[0].Count },
                Shuffle = false,
                LossNormalization = LossNormalization.MicroBatches,
                HeadMemory = new(bytes, LeastPositions: 1),
            },
            TrainingRuns.Optimizer(vector),

            // The ratio is rounded up to whole steps: half a step less keeps rounding of the quotient out.
            new ScheduleSettings
            {
                Kind = Enum.Parse<ScheduleShape>(vector.Text("scheduler"), ignoreCase: true),
                WarmupRatio = Math.Max(0, warmup - 0.5) / steps,
            },
            streams);
        trainer.TotalSteps.Should().Be(steps);
        for (var step = 0; step < steps; step++)
        {
            var metrics = trainer.Step(step, CancellationToken.None).Metrics;
            metrics["loss"].Should().BeApproximately(
                expected["loss_of_micro_batch"].Skip(step * accumulated).Take(accumulated).Average(), Bound,
                Invariant($"{vector.Id}, step {step}"));
            metrics["gradient_norm"]
                .Should().BeApproximately(expected["grad_norm_before_clip_of_step"][step], Bound, Invariant($"{vector.Id}, step {step}"));
            metrics["learning_rate"].Should().BeApproximately(expected["lr_of_step"][step], 1e-12);
        }

        using var scope = NewDisposeScope();
        var norms = expected.Keys.Where(name => name.StartsWith("final_parameter_norms/", StringComparison.Ordinal)).ToList();
        var state = trainer.StateTensors();
        norms.Should().HaveCount(state.Keys.Count(name => name.StartsWith("parameter.", StringComparison.Ordinal)));
        foreach (var name in norms)
        {
            using var norm = state["parameter." + name.Split('/')[1]].norm();
            norm.ToDouble().Should().BeApproximately(expected[name][0], Bound, $"{vector.Id}, {name}");
        }

        Near(state[TrainingRuns.FinalNorm(state.Keys, "parameter.")], expected["final_norm_weight"]);
        if (expected.TryGetValue("final_layer0_q_proj_first_2_rows", out var rows))
        {
            Near(state["parameter.model.layers.0.self_attn.q_proj.weight"].narrow(0, 0, 2), rows);
        }
    }

    private static void Near(Tensor found, double[] expected)
    {
        var values = VectorComparison.Doubles(found);
        values.Should().HaveCount(expected.Length);
        values.Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(Bound);
    }
}

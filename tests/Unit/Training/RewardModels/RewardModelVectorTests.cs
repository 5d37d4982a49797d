using System.Text.Json;
using Repro.Core.Losses;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.RewardModels;

/// <summary>A short run of the peer, step by step: losses, scores, norms of the gradient, weights at the end.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class RewardModelVectorTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(null, true)]
    public void Every_step_equals_that_of_the_peer(int? microRows, bool share) => CheckAll("cpu", microRows, share);

    [CudaTheory]
    [InlineData(null)]
    [InlineData(2)]
    public void Every_step_on_a_cuda_device_equals_that_of_the_peer(int? microRows) => CheckAll("cuda", microRows, share: false);

    private static void CheckAll(string device, int? microRows, bool share)
    {
        var cases = VectorCase.Load(VectorFolder.Path("train", "reward_model.json"));
        cases.Should().NotBeEmpty();
        foreach (var vector in cases)
        {
            Check(vector, device, microRows, share);
        }
    }

    private static void Check(VectorCase vector, string device, int? microRows, bool share)
    {
        using var scope = NewDisposeScope();
        var bound = VectorComparison.RunBound(new Device(device));
        var bounds = vector.Parameter("cu_lengths").EnumerateArray().Select(value => value.GetInt32()).ToArray();
        var batches = vector.Input("batches").EnumerateArray().Select(batch => Groups(batch, bounds)).ToList();
        // The list is filled anew before each step, so that the steps see the recorded batches.
        var rows = batches[0].ToArray();
        var model = TrainedScoreModel.Load(
            new ModelSettings { Path = TrainingRuns.Folder(vector.Text("model")), Device = device }, new RandomStreams(1));
        var settings = new RewardTrainingSettings
        {
            Batch = new BatchSettings { BatchSize = rows.Length, MicroBatchSize = microRows },
            Epochs = batches.Count,
            SharePrompts = share,
        };
        using var trainer = new RewardModelTrainer<RankedExample>(
            model, new PreferenceObjective(new() { ScoreDecay = vector.Number("beta") }), rows, [], settings,
            TrainingRuns.Optimizer(vector), new ScheduleSettings(), new RandomStreams(1));
        var steps = vector.Output("steps").EnumerateArray().ToList();
        steps.Should().HaveCount(batches.Count);
        for (var step = 0; step < steps.Count; step++)
        {
            batches[step].CopyTo(rows, 0);
            var scores = trainer.Scores(rows, CancellationToken.None).SelectMany(group => group).ToArray();
            ShouldBeNear(scores, VectorTensor.Doubles(steps[step].GetProperty("scores")), bound);
            var report = trainer.Step(step, CancellationToken.None);
            ShouldBeNear([report.Metrics["loss"]], VectorTensor.Doubles(steps[step].GetProperty("loss")), bound);
            var norm = VectorTensor.Doubles(steps[step].GetProperty("grad_norm_before_clip"));
            ShouldBeNear([report.Metrics["gradient_norm"]], norm, bound * norm[0]);
            report.Tokens.Should().Be(rows.Sum(group => group.Texts.Sum(text => text.Length)));
        }

        ShouldBeNear(VectorComparison.Doubles(trainer.Model.Head.Weight), VectorTensor.Doubles(vector.Output("final_score_weight")), bound);
        var weights = trainer.Model.BaseParameters();
        foreach (var norm in vector.Output("final_parameter_norms").EnumerateObject())
        {
            var wanted = VectorTensor.Doubles(norm.Value)[0];
            ShouldBeNear([weights[norm.Name].norm().item<float>()], [wanted], bound * wanted);
        }
    }

    private static RankedExample[] Groups(JsonElement batch, int[] bounds)
    {
        var ids = VectorTensor.Read(batch.GetProperty("input_ids"), ScalarType.Float32);
        var (values, mask) = (
            VectorTensor.Doubles(batch.GetProperty("input_ids")), VectorTensor.Doubles(batch.GetProperty("attention_mask")));
        var time = (int)ids.shape[1];
        int[] Row(int row) => [.. Enumerable.Range(row * time, time).Where(cell => mask[cell] == 1).Select(cell => (int)values[cell])];
        return [.. bounds.Zip(bounds.Skip(1), (first, end) => Enumerable.Range(first, end - first).Select(Row).ToList())
            .Select(texts => new RankedExample(texts, [.. texts.Select(text => text.Length)]))];
    }

    private static void ShouldBeNear(double[] found, double[] wanted, double bound)
    {
        found.Should().HaveCount(wanted.Length);
        found.Zip(wanted).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= bound);
    }
}

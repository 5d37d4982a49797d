using System.Text.Json;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training;

/// <summary>What tests of all trainers need.</summary>
internal static class TrainingRuns
{
    /// <summary>A fresh model of some sizes.</summary>
    internal static TrainedModel Fresh(ModelConfig config, RandomStreams streams, Func<ModelSettings, ModelSettings>? change = null)
    {
        using var folder = new TemporaryFolder();
        ModelConfigFile.Write(Path.Combine(folder.Path, ModelConfigFile.Name), config);
        var settings = new ModelSettings { Path = folder.Path, Fresh = true };
        return TrainedModel.Load(change?.Invoke(settings) ?? settings, streams);
    }

    /// <summary>The rows of a batch of the vectors, without padding.</summary>
    internal static List<TokenRow> Rows(JsonElement batch, string prefix = "")
    {
        using var scope = NewDisposeScope();
        Tensor Read(string name) => VectorTensor.Read(batch.GetProperty(prefix + name), ScalarType.Float32);
        var (ids, mask, labels) = (Read("input_ids"), Read("attention_mask"), Read("labels"));
        return [.. Enumerable.Range(0, (int)ids.shape[0]).Select(row =>
        {
            var places = mask[row].data<long>().ToArray().Select((flag, place) => (flag, place)).Where(pair => pair.flag == 1)
                .Select(pair => pair.place).ToArray();
            var (own, targets) = (ids[row].data<long>().ToArray(), labels[row].data<long>().ToArray());
            return new TokenRow([.. places.Select(place => (int)own[place])], [.. places.Select(place => targets[place] != -100)]);
        })];
    }

    /// <summary>
    /// The optimiser of a run of the vectors. Where a case names no exception every weight decays, as the optimisers of PyTorch do it.
    /// </summary>
    internal static OptimizerSettings Optimizer(VectorCase vector)
    {
        double? Optional(string name) => vector.HasParameter(name) ? vector.OptionalNumber(name) : null;
        var excepted = vector.HasParameter("no_weight_decay_on");
        if (excepted)
        {
            vector.Text("no_weight_decay_on").Should().Be("biases and norm weights");
        }

        return new()
        {
            Kind = Enum.Parse<OptimizerKind>(vector.Text("optimizer")),
            LearningRate = vector.Number("lr"),
            Beta1 = vector.Parameter("betas")[0].GetDouble(),
            Beta2 = vector.Parameter("betas")[1].GetDouble(),
            Epsilon = vector.Number("eps"),
            WeightDecay = Optional("weight_decay") ?? 0,
            DecayEverything = !excepted,
            MaximumGradientNorm = Optional("max_grad_norm"),
        };
    }

    /// <summary>The folder that a parameter names, such as <c>models/llama-tiny</c>.</summary>
    internal static string Folder(string name) => VectorFolder.Path(name.Split('/'));

    /// <summary>The weight of the norm behind the last layer, under the name that its architecture gives it.</summary>
    internal static string FinalNorm(IEnumerable<string> names, string prefix = "") =>
        names.Single(name => name == prefix + "model.norm.weight" || name == prefix + "transformer.ln_f.weight");

    /// <summary>Copies of all state tensors.</summary>
    internal static Dictionary<string, double[]> Snapshot(ITrainer trainer)
    {
        using var scope = NewDisposeScope();
        return trainer.StateTensors().ToDictionary(pair => pair.Key, pair => VectorComparison.Doubles(pair.Value));
    }

    /// <summary>Brings one trainer to the state of another, as a checkpoint does.</summary>
    internal static void Copy(ITrainer from, ITrainer to)
    {
        using var ungraded = no_grad();
        var target = to.StateTensors();
        foreach (var (name, tensor) in from.StateTensors())
        {
            target[name].copy_(tensor);
        }

        to.RestoreValues(from.StateValues());
    }

    /// <summary>The gradient of a first step, which the first moments hold.</summary>
    internal static Dictionary<string, double[]> FirstGradient(ITrainer trainer, double beta1 = 0.9) =>
        Snapshot(trainer).Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => pair.Value.Select(value => value / (1 - beta1)).ToArray());

    /// <summary>The largest difference of two snapshots with the same names.</summary>
    internal static double Distance(Dictionary<string, double[]> a, Dictionary<string, double[]> b)
    {
        a.Keys.Should().BeEquivalentTo(b.Keys);
        return a.Max(pair => pair.Value.Zip(b[pair.Key], (x, y) => Math.Abs(x - y)).DefaultIfEmpty(0).Max());
    }

    /// <summary>Live tensors over many steps: the count after the first one and after the last.</summary>
    internal static (long First, long Last) LiveTensorsOver(ITrainer trainer, int steps)
    {
        trainer.Step(0, CancellationToken.None);
        var first = LiveTensors.Count;
        for (var step = 1; step < steps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        return (first, LiveTensors.Count);
    }
}

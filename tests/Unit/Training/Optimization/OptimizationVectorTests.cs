using Repro.Core.Losses;
using Repro.Core.Training.Optimization;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Optimization;

/// <summary>Schedules, warm-up, optimiser steps and clipping against the numbers of transformers and PyTorch: every file, every
/// case.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
[Trait("Suite", "Vectors")]
public sealed class OptimizationVectorTests
{
    private static readonly Dictionary<string, Func<VectorCase, Dictionary<string, double[]>>> Runs = new(StringComparer.Ordinal)
    {
        ["clip_grad_norm"] = Clip,
        ["lr_schedules"] = Schedule,
        ["optimizer_steps"] = Steps,
        ["warmup_ratio"] = Warmup,
    };

    private static readonly string[] Read =
        ["optimizer", "lr", "betas", "eps", "weight_decay", "amsgrad", "momentum", "dampening", "nesterov", "clip_max_norm"];

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (var file in VectorFolder.Files("optim"))
        {
            data.Add(file);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_case_gives_the_peers_numbers(string file)
    {
        Runs.Should().ContainKey(file, "a file of vectors that nothing reads proves nothing");
        foreach (var vector in VectorCase.Load(VectorFolder.Path("optim", file + ".json")))
        {
            using var scope = NewDisposeScope();
            VectorComparison.Check(vector, Runs[file](vector), single: file is "optimizer_steps" or "clip_grad_norm");
        }
    }

    private static Dictionary<string, double[]> Schedule(VectorCase vector)
    {
        double? Optional(string name) => vector.HasParameter(name) ? vector.OptionalNumber(name) : null;
        var schedule = new LearningRateSchedule(
            LearningRateSchedule.Named(vector.Text("schedule")),
            (long)vector.Number("num_warmup_steps"),
            (long?)vector.OptionalNumber("num_training_steps"),
            Cycles: Optional("num_cycles"),
            EndRate: Optional("lr_end") ?? 0,
            Power: Optional("power") ?? 1,
            Timescale: Optional("timescale"));
        var rates = Enumerable.Range(0, vector.Input("steps").GetInt32()).Select(step => schedule.Rate(vector.Number("base_lr"), step));

        // The comparison allows 2e-7 absolutely, which is coarse beside a rate of 2e-5.
        var found = rates.ToArray();
        var expected = vector.Expected()["lr_used_at_step"];
        for (var step = 0; step < found.Length; step++)
        {
            found[step].Should().BeApproximately(expected[step], 1e-12 * vector.Number("base_lr"), Invariant($"{vector.Id} step {step}"));
        }

        return new() { ["lr_used_at_step"] = found };
    }

    private static Dictionary<string, double[]> Warmup(VectorCase vector)
    {
        var steps = vector.Input("num_training_steps").EnumerateArray().Select(value => value.GetInt64());
        var ratios = vector.Input("warmup_ratio").EnumerateArray().Select(value => value.GetDouble());
        return new()
        {
            ["num_warmup_steps"] = [.. steps.Zip(ratios, (total, ratio) => (double)LearningRateSchedule.WarmupOf(ratio, total))],
        };
    }

    private static Dictionary<string, double[]> Clip(VectorCase vector)
    {
        var parameters = new List<Parameter>();
        for (var i = 0; vector.HasInput(Invariant($"grad{i}")); i++)
        {
            var gradient = vector.Tensor(Invariant($"grad{i}"), ScalarType.Float32);
            var parameter = nn.Parameter(zeros_like(gradient));
            parameter.grad = gradient;
            parameters.Add(parameter);
        }

        var norm = nn.utils.clip_grad_norm_(parameters, vector.Number("max_norm"), VectorTensor.Doubles(vector.Parameter("norm_type"))[0]);
        var outputs = new Dictionary<string, double[]> { ["total_norm_before"] = [norm] };
        for (var i = 0; i < parameters.Count; i++)
        {
            outputs[Invariant($"clipped{i}")] = VectorComparison.Doubles(parameters[i].grad!);
        }

        return outputs;
    }

    private static Dictionary<string, double[]> Steps(VectorCase vector)
    {
        vector.Parameters().Except(Read).Should().BeEmpty($"{vector.Id}: a parameter that nothing reads proves nothing");
        var parameters = new List<Parameter>();
        for (var i = 0; vector.HasInput(Invariant($"p{i}")); i++)
        {
            parameters.Add(nn.Parameter(vector.Tensor(Invariant($"p{i}"), ScalarType.Float32)));
        }

        using var own = Own(vector, parameters);
        using var peer = own is null ? Optimizer(vector, parameters) : null;
        var outputs = new Dictionary<string, double[]>();
        for (var step = 0; vector.HasInput(Invariant($"grad_step{step}_p0")); step++)
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                parameters[i].grad = vector.Tensor(Invariant($"grad_step{step}_p{i}"), ScalarType.Float32);
            }

            var limit = vector.OptionalNumber("clip_max_norm");
            var norm = own?.Update(step) ?? nn.utils.clip_grad_norm_(parameters, limit ?? double.PositiveInfinity);
            if (limit is not null)
            {
                outputs[Invariant($"grad_norm_before_clip_step{step}")] = [norm];
            }

            peer?.step();
            for (var i = 0; i < parameters.Count; i++)
            {
                outputs[Invariant($"p{i}_after_step{step}")] = VectorComparison.Doubles(parameters[i]);
            }
        }

        return outputs;
    }

    // What trains here; null for the rules of the papers' libraries that no trainer uses.
    private static TrainingOptimizer? Own(VectorCase vector, List<Parameter> parameters) =>
        vector.Text("optimizer") is not ("Adam" or "AdamW") || vector.HasParameter("amsgrad")
            ? null
            : new TrainingOptimizer(
                parameters.Index().Select(entry => (Invariant($"p{entry.Index}"), entry.Item)),
                new OptimizerSettings
                {
                    Kind = Enum.Parse<OptimizerKind>(vector.Text("optimizer")),
                    LearningRate = vector.Number("lr"),
                    Beta1 = vector.Parameter("betas")[0].GetDouble(),
                    Beta2 = vector.Parameter("betas")[1].GetDouble(),
                    Epsilon = vector.Number("eps"),
                    WeightDecay = vector.Number("weight_decay"),
                    DecayEverything = true,
                    MaximumGradientNorm = vector.OptionalNumber("clip_max_norm"),
                });

    private static OptimizerHelper Optimizer(VectorCase vector, List<Parameter> parameters)
    {
        double Beta(int i) => vector.Parameter("betas")[i].GetDouble();
        double Optional(string name) => vector.HasParameter(name) ? vector.Number(name) : 0;
        bool Flag(string name) => vector.HasParameter(name) && vector.Flag(name);
        var (rate, decay, amsgrad) = (vector.Number("lr"), Optional("weight_decay"), Flag("amsgrad"));
        return vector.Text("optimizer") switch
        {
            "AdamW" => optim.AdamW(parameters, rate, Beta(0), Beta(1), vector.Number("eps"), decay, amsgrad),
            "SGD" => optim.SGD(parameters, rate, Optional("momentum"), Optional("dampening"), decay, Flag("nesterov")),
            "HFAdamW" => new LateDecayAdamW(
                parameters, rate,
                new LateDecayAdamWOptions { Beta1 = Beta(0), Beta2 = Beta(1), Epsilon = vector.Number("eps"), WeightDecay = decay }),
            var other => throw new InvalidDataException($"{vector.Id}: no optimiser '{other}' is known."),
        };
    }
}

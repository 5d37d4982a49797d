using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Models.Safetensors;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>A trainer that fits a line: small enough to be killed a thousand times.</summary>
internal sealed class LineTrainer : ITrainer
{
    private readonly RandomStreams _streams;
    private readonly Parameter _weight;
    private readonly TrainingOptimizer _optimizer;
    private double _running;

    internal LineTrainer(long seed, long steps = 12)
    {
        _streams = new RandomStreams(seed);
        TotalSteps = steps;
        _weight = new Parameter(tensor(new[] { 0.5f, -0.25f, 1f }));
        _optimizer = new TrainingOptimizer(
            [("weight", _weight)], new OptimizerSettings { LearningRate = 0.05, WeightDecay = 0.01 }, step => 1 - (step / 100.0));
    }

    public long TotalSteps { get; }

    /// <summary>Called before each step with its number.</summary>
    internal Action<long> Before { get; init; } = _ => { };

    /// <summary>Called when the result is written.</summary>
    internal Action OnExport { get; init; } = () => { };

    /// <summary>Called before each evaluation.</summary>
    internal Action OnEvaluate { get; init; } = () => { };

    internal float[] Weight => _weight.data<float>().ToArray();

    public StepReport Step(long step, CancellationToken cancellation)
    {
        Before(step);
        cancellation.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)_streams.For(RandomStreams.DataOrder, step));
        var inputs = randn([8, 3], generator: generator);
        var targets = inputs.matmul(tensor(new[] { 1f, 2f, 3f }));
        var loss = (inputs.matmul(_weight) - targets).pow(2).mean();
        loss.backward();
        _running = (0.9 * _running) + (0.1 * loss.item<float>());
        var norm = _optimizer.Update(step);
        return new StepReport(
            new Dictionary<string, double> { ["loss"] = loss.item<float>(), ["gradient_norm"] = norm, ["running"] = _running }, 8)
        {
            Samples = step % 5 == 4
                ? [new SampleText(Invariant($"line {step}"), "é\n\"quoted\"", new Dictionary<string, double> { ["score"] = double.NaN })]
                : [],
        };
    }

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation)
    {
        OnEvaluate();
        cancellation.ThrowIfCancellationRequested();
        return new Dictionary<string, double> { ["first"] = Weight[0] };
    }

    public IReadOnlyDictionary<string, Tensor> StateTensors() => _optimizer.StateTensors();

    public JsonObject StateValues() => new() { ["optimizer"] = _optimizer.StateValues(), ["running"] = _running };

    public void RestoreValues(JsonObject values)
    {
        _optimizer.RestoreValues(values["optimizer"] as JsonObject ?? throw new ReproException("The state has no optimizer."));
        _running = (double)values["running"]!;
    }

    public void Export(string folder)
    {
        OnExport();
        SafetensorsWriter.Write(Path.Combine(folder, "line.safetensors"), new Dictionary<string, Tensor> { ["weight"] = _weight });
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _weight.Dispose();
    }
}

using System.Text.Json.Nodes;
using Repro.Core.Training;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Runs;

/// <summary>A trainer whose state has other shapes.</summary>
internal sealed class OtherTrainer : ITrainer
{
    private readonly Tensor _state = zeros(4);

    public long TotalSteps => 1;

    public StepReport Step(long step, CancellationToken cancellation) => new(new Dictionary<string, double>(), 0);

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    public IReadOnlyDictionary<string, Tensor> StateTensors() =>
        new Dictionary<string, Tensor> { ["parameter.weight"] = _state, ["mean.weight"] = _state, ["square.weight"] = _state };

    public JsonObject StateValues() => [];

    public void RestoreValues(JsonObject values)
    {
    }

    public void Export(string folder)
    {
    }

    public void Dispose() => _state.Dispose();
}

/// <summary>A trainer that reports one metric and computes nothing.</summary>
/// <param name="metric">The number by step, from 0.</param>
/// <param name="name">Its name.</param>
internal sealed class ReportingTrainer(Func<long, double> metric, string name = "reported") : ITrainer
{
    public long TotalSteps => 12;

    /// <summary>A response of the first step.</summary>
    internal string Sample { get; init; } = string.Empty;

    public StepReport Step(long step, CancellationToken cancellation) => new(new Dictionary<string, double> { [name] = metric(step) }, 1)
    {
        Samples = step == 0 && Sample.Length > 0 ? [new SampleText("prompt", Sample, new Dictionary<string, double>())] : [],
    };

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => new Dictionary<string, double>();

    public IReadOnlyDictionary<string, Tensor> StateTensors() => new Dictionary<string, Tensor>();

    public JsonObject StateValues() => [];

    public void RestoreValues(JsonObject values)
    {
    }

    public void Export(string folder)
    {
    }

    public void Dispose()
    {
    }
}

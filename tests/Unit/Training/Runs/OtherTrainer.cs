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

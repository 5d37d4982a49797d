using System.Text.Json.Nodes;
using Repro.Core.Training;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>A trainer together with something that is freed after it.</summary>
internal sealed class OwningTrainer(ITrainer trainer, IDisposable owned) : ITrainer
{
    public long TotalSteps => trainer.TotalSteps;

    public StepReport Step(long step, CancellationToken cancellation) => trainer.Step(step, cancellation);

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => trainer.Evaluate(cancellation);

    public IReadOnlyDictionary<string, Tensor> StateTensors() => trainer.StateTensors();

    public JsonObject StateValues() => trainer.StateValues();

    public void RestoreValues(JsonObject values) => trainer.RestoreValues(values);

    public void Export(string folder) => trainer.Export(folder);

    public void Dispose()
    {
        trainer.Dispose();
        owned.Dispose();
    }
}

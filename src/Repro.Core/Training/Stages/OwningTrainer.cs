using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Repro.Core.Training.Stages;

/// <summary>A trainer with what was loaded for it, which is freed with it.</summary>
/// <param name="inner">The trainer.</param>
/// <param name="owned">What is freed after it, in this order.</param>
/// <param name="exported">Called with the folder after an export; null for nothing.</param>
internal sealed class OwningTrainer(ITrainer inner, IReadOnlyList<IDisposable> owned, Action<string>? exported = null) : ITrainer
{
    public long TotalSteps => inner.TotalSteps;

    public StepReport Step(long step, CancellationToken cancellation) => inner.Step(step, cancellation);

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation) => inner.Evaluate(cancellation);

    public IReadOnlyDictionary<string, Tensor> StateTensors() => inner.StateTensors();

    public JsonObject StateValues() => inner.StateValues();

    public void RestoreValues(JsonObject values) => inner.RestoreValues(values);

    public void Export(string folder)
    {
        inner.Export(folder);
        exported?.Invoke(folder);
    }

    public void Dispose()
    {
        inner.Dispose();
        foreach (var item in owned)
        {
            item.Dispose();
        }
    }
}

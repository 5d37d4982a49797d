using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>A copy of everything that a trainer changes, to go back to when a step of several updates fails half-way.</summary>
internal sealed class StateSnapshot : IDisposable
{
    private readonly ITrainer _trainer;
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly JsonObject _values;

    internal StateSnapshot(ITrainer trainer)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        _trainer = trainer;
        _tensors = trainer.StateTensors().ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
        _values = trainer.StateValues();
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    internal void Restore()
    {
        using var ungraded = no_grad();
        foreach (var (name, tensor) in _trainer.StateTensors())
        {
            using var target = tensor.detach();
            target.copy_(_tensors[name]);
        }

        _trainer.RestoreValues(_values);
    }
}

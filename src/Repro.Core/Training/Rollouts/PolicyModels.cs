using System.Text.Json.Nodes;
using Repro.Core.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>
/// A policy with the reference that it is held near. Either one model in memory is both, the policy with an adapter and the reference
/// without it (or with another one), or the policy is trained whole and the reference is a second, frozen model.
/// </summary>
/// <param name="Model">The model of the policy.</param>
/// <param name="Role">Name of the adapter that is trained; null if every weight is.</param>
/// <param name="ReferenceModel">The model of the reference; may be <paramref name="Model"/> where there is an adapter.</param>
/// <param name="ReferenceRole">Name of the adapter of the reference; null for the base alone.</param>
public sealed record PolicyModels(LanguageModel Model, string? Role, LanguageModel ReferenceModel, string? ReferenceRole)
{
    /// <summary>One base in memory: the policy is an adapter on it.</summary>
    /// <param name="model">The base with the adapters attached.</param>
    /// <param name="role">The adapter that is trained.</param>
    /// <param name="referenceRole">The adapter of the reference, frozen; null for the base alone.</param>
    public static PolicyModels OnOneBase(LanguageModel model, string role, string? referenceRole = null) => new(model, role, model, referenceRole);

    /// <summary>The trained parameters, by their names in checkpoints; asking for them marks them as trained and everything else as
    /// frozen.</summary>
    /// <exception cref="ArgumentException">Policy and reference would be the same weights.</exception>
    public IReadOnlyList<(string Name, Parameter Parameter)> Trained()
    {
        if (ReferenceEquals(Model, ReferenceModel) && Role == ReferenceRole)
        {
            throw new ArgumentException("Policy and reference are the same weights; an adapter or a second model is needed.");
        }

        var trained = Role is null ? Model.BaseParameters() : Model.Adapters.Parameters(Role);
        foreach (var parameter in Model.parameters().Concat(ReferenceModel.parameters()))
        {
            parameter.requires_grad = false;
        }

        foreach (var parameter in trained.Values)
        {
            parameter.requires_grad = true;
        }

        return [.. trained.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];
    }

    /// <summary>Makes the policy's adapter active until the result is disposed.</summary>
    internal IDisposable UsePolicy() => Model.Adapters.Use(Role);

    /// <summary>Makes the reference's adapter active until the result is disposed.</summary>
    internal IDisposable UseReference() => ReferenceModel.Adapters.Use(ReferenceRole);
}

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

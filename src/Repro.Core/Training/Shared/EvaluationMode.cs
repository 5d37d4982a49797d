using Repro.Core.Models.Layers;

namespace Repro.Core.Training.Shared;

/// <summary>Switches dropout off until it is disposed.</summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly NamedModule _model;
    private readonly bool _before;

    /// <summary>Switches it off.</summary>
    /// <param name="model">The model.</param>
    public EvaluationMode(NamedModule model)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _before) = (model, model.training);
        model.eval();
    }

    /// <inheritdoc/>
    public void Dispose() => _model.train(_before);
}

using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Switches dropout off until it is disposed.</summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly nn.Module _model;
    private readonly bool _wasTraining;

    /// <summary>Switches it off.</summary>
    /// <param name="model">The model.</param>
    public EvaluationMode(nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _wasTraining) = (model, model.training);
        if (_wasTraining)
        {
            model.eval();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_wasTraining)
        {
            _model.train();
        }
    }
}

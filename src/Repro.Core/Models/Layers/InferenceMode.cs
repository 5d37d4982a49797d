using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Neither gradients nor dropout until it is disposed; the model is in its mode of before then.</summary>
internal sealed class InferenceMode : IDisposable
{
    private readonly nn.Module _model;
    private readonly bool _wasTraining;
    private readonly IDisposable _ungraded;

    internal InferenceMode(nn.Module model)
    {
        (_model, _wasTraining, _ungraded) = (model, model.training, no_grad());
        if (_wasTraining)
        {
            model.eval();
        }
    }

    public void Dispose()
    {
        if (_wasTraining)
        {
            _model.train();
        }

        _ungraded.Dispose();
    }
}

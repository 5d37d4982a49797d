using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Neither gradients nor dropout until it is disposed; the model is in its mode of before then.</summary>
internal sealed class InferenceMode(nn.Module model) : IDisposable
{
    private readonly EvaluationMode _mode = new(model);
    private readonly IDisposable _ungraded = no_grad();

    public void Dispose()
    {
        _ungraded.Dispose();
        _mode.Dispose();
    }
}

using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>A module that registers its parts itself, under the names that checkpoints use.</summary>
public abstract class NamedModule : nn.Module
{
    private protected NamedModule(string name)
        : base(name)
    {
    }

    /// <summary>Fields have other names than the checkpoint; they are not registered a second time.</summary>
    protected override void RegisterComponents()
    {
    }
}

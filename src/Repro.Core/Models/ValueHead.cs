using Repro.Core.Models.Layers;
using Repro.Core.Models.Weights;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A linear value head with bias on hidden states, in single precision whatever the model computes in.</summary>
public sealed class ValueHead : NamedModule
{
    private readonly Projection _summary;

    private ValueHead(WeightSource source, long width)
        : base(nameof(ValueHead))
    {
        _summary = new Projection(source, "summary", width, 1, bias: true);
        register_module("summary", _summary);
    }

    /// <summary>A fresh head.</summary>
    /// <param name="config">Sizes of the model it stands on.</param>
    /// <param name="seed">Seed of its weights.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    public static ValueHead Create(ModelConfig config, long seed, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var source = new FreshWeights(ScalarType.Float32, device ?? CPU, config.InitializerRange, seed);
        var head = new ValueHead(source, config.HiddenSize);
        foreach (var parameter in head.parameters())
        {
            parameter.DetachFromDisposeScope();
        }

        return head;
    }

    /// <summary>Values [batch, count] of hidden states [batch, count, width].</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives.</param>
    public Tensor Values(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using var scope = NewDisposeScope();
        return _summary.Forward(hidden.to(ScalarType.Float32)).squeeze(-1).MoveToOuterDisposeScope();
    }
}

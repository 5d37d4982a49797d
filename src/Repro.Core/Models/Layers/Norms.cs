using Repro.Core.Models.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>RMSNorm without bias, or LayerNorm with one.</summary>
internal sealed class Norms : NamedModule
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly double _epsilon;

    internal Norms(WeightSource source, string path, long width, double epsilon, bool layerNorm)
        : base(nameof(Norms))
    {
        _epsilon = epsilon;
        _weight = source.Take(path + ".weight", WeightKind.Gain, width);
        register_parameter("weight", _weight);
        if (layerNorm)
        {
            _bias = source.Take(path + ".bias", WeightKind.Bias, width);
            register_parameter("bias", _bias);
        }
    }

    internal Tensor Forward(Tensor input)
    {
        if (_bias is not null)
        {
            return nn.functional.layer_norm(input, [input.shape[^1]], _weight, _bias, _epsilon);
        }

        using var scope = NewDisposeScope();
        // The mean square in single precision at least: half precision overflows.
        var isHalf = input.dtype is ScalarType.Float16 or ScalarType.BFloat16;
        var wide = isHalf ? input.to(ScalarType.Float32) : input;
        var scaled = wide * wide.square().mean([-1], true).add_(_epsilon).rsqrt();
        return (_weight * (isHalf ? scaled.to(input.dtype) : scaled)).MoveToOuterDisposeScope();
    }
}

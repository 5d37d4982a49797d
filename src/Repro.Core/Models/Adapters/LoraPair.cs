using Repro.Core.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Adapters;

/// <summary>
/// The two factors of one adapter on one linear layer: A (rank, in), B (out, rank). They are kept in single precision at least, whatever the model
/// computes in, because their updates are too small for half precision; a pass casts them to the type of its input.
/// </summary>
internal sealed class LoraPair : NamedModule
{
    private readonly double _scale;
    private readonly double _dropout;

    internal LoraPair(Parameter a, Parameter b, LoraSettings settings)
        : base(nameof(LoraPair))
    {
        (A, B, _scale, _dropout) = (a, b, settings.Scale, settings.Dropout);
        register_parameter("lora_A", a);
        register_parameter("lora_B", b);
    }

    internal Parameter A { get; }

    internal Parameter B { get; }

    internal Tensor Forward(Tensor input, bool training)
    {
        using var scope = NewDisposeScope();
        var dropped = training && _dropout > 0 ? nn.functional.dropout(input, _dropout) : input;
        return (nn.functional.linear(nn.functional.linear(dropped, As(A, input)), As(B, input)) * _scale).MoveToOuterDisposeScope();
    }

    /// <summary>scale * B A, (out, in).</summary>
    internal Tensor Delta()
    {
        using var product = B.matmul(A);
        return product.mul(_scale);
    }

    /// <summary>The type of the factors in a model of some type.</summary>
    internal static ScalarType FactorType(ScalarType model) => model == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static Tensor As(Tensor factor, Tensor input) => factor.dtype == input.dtype ? factor : factor.to(input.dtype);
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Weights;

/// <summary>Parameters drawn from a seed.</summary>
internal sealed class FreshWeights(ScalarType dtype, Device device, double deviation, long seed) : WeightSource(dtype, device), IDisposable
{
    private readonly Generator _generator = new(unchecked((ulong)seed));

    public void Dispose() => _generator.Dispose();

    internal override Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape) => new(kind switch
    {
        WeightKind.Gain => ones(shape, dtype: type, device: Device),
        WeightKind.Bias => zeros(shape, dtype: type, device: Device),
        _ => Drawn(type, shape),
    });

    // Drawn on the CPU in single precision, so that a seed means the same weights everywhere.
    private Tensor Drawn(ScalarType type, long[] shape)
    {
        using var drawn = randn(shape, dtype: ScalarType.Float32, generator: _generator);
        drawn.mul_(deviation);
        return drawn.to(type, Device, copy: true);
    }
}

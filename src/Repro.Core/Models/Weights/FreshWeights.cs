using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Weights;

/// <summary>Parameters drawn from a seed.</summary>
internal sealed class FreshWeights(ScalarType dtype, Device device, double deviation, long seed) : WeightSource(dtype, device), IDisposable
{
    private readonly Generator _generator = new(unchecked((ulong)seed));

    public void Dispose() => _generator.Dispose();

    internal override Parameter Take(string name, WeightKind kind, params long[] shape) => new(kind switch
    {
        WeightKind.Gain => ones(shape, dtype: Dtype, device: Device),
        WeightKind.Bias => zeros(shape, dtype: Dtype, device: Device),
        _ => Drawn(shape),
    });

    // Drawn on the CPU in single precision, so that a seed means the same weights everywhere.
    private Tensor Drawn(long[] shape)
    {
        using var drawn = randn(shape, dtype: ScalarType.Float32, generator: _generator);
        drawn.mul_(deviation);
        return drawn.to(Dtype, Device, copy: true);
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models.Weights;

/// <summary>Parameters drawn from a seed.</summary>
/// <param name="dtype">Element type.</param>
/// <param name="device">Where to.</param>
/// <param name="deviation">Standard deviation of the matrices.</param>
/// <param name="seed">The seed.</param>
/// <param name="onDevice">Whether matrices are drawn where and as they are kept. A seed then means the same weights only on the same kind of device.</param>
internal sealed class FreshWeights(ScalarType dtype, Device device, double deviation, long seed, bool onDevice = false) : WeightSource(dtype, device), IDisposable
{
    private readonly Generator _generator = new(unchecked((ulong)seed), onDevice ? device : CPU);

    public void Dispose() => _generator.Dispose();

    internal override Parameter TakeAs(ScalarType type, string name, WeightKind kind, params long[] shape) => new(kind switch
    {
        WeightKind.Gain => ones(shape, dtype: type, device: Device),
        WeightKind.Bias => zeros(shape, dtype: type, device: Device),
        _ => onDevice ? empty(shape, dtype: type, device: Device).normal_(0, deviation, _generator) : Drawn(type, shape),
    });

    // Drawn on the CPU in single precision, so that a seed means the same weights everywhere.
    private Tensor Drawn(ScalarType type, long[] shape)
    {
        using var drawn = randn(shape, dtype: ScalarType.Float32, generator: _generator, device: CPU);
        drawn.mul_(deviation);
        return drawn.to(type, Device, copy: true);
    }
}

using System.Diagnostics;
using Repro.Core.Training.Shared;
using static TorchSharp.torch;

namespace Repro.Core.Training.Planning;

/// <summary>How many floating-point operations a device does in a second.</summary>
/// <param name="PerSecond">Operations.</param>
/// <param name="Source">How that is known.</param>
public sealed record DeviceRate(double PerSecond, string Source)
{
    // What training of a large model reaches on one current data-centre GPU in bfloat16, of 1e15 that its sheet says.
    private const double AssumedGpu = 4e14;

    private const int Size = 768;

    /// <summary>Measures the device with matrix products; a GPU that is not there is assumed.</summary>
    /// <param name="device">Name of the device.</param>
    /// <param name="dtype">Element type.</param>
    public static DeviceRate Of(string device, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device != "cpu" && !cuda.is_available())
        {
            return new DeviceRate(AssumedGpu, Invariant($"{AssumedGpu / 1e12:F0} TFLOP/s assumed for a GPU that is not here"));
        }

        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var place = DeviceNames.Find(device);
        var left = ones([Size, Size], dtype: dtype, device: place);
        var right = ones([Size, Size], dtype: dtype, device: place);
        Multiply(left, right, 2);
        var watch = Stopwatch.StartNew();
        var count = 0;
        while (watch.Elapsed.TotalSeconds < 0.3)
        {
            Multiply(left, right, 4);
            count += 4;
        }

        var rate = 2.0 * Size * Size * Size * count / watch.Elapsed.TotalSeconds;
        return new DeviceRate(rate, Invariant($"{rate / 1e9:F0} GFLOP/s measured on {device}"));
    }

    // Reading one element waits for the device.
    private static void Multiply(Tensor left, Tensor right, int times)
    {
        using var scope = NewDisposeScope();
        Tensor product = left;
        for (var i = 0; i < times; i++)
        {
            product = left.matmul(right);
        }

        _ = product[0, 0].to(ScalarType.Float32).item<float>();
    }
}

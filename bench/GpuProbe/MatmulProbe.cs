using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>The rate of one large bf16 product of random matrices: the ceiling that training is held against.</summary>
internal static class MatmulProbe
{
    private const int Repeats = 10;

    internal static double OperationsPerSecond(Device device, long size)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var clock = new Clock(device);
        using var generator = new Generator(1, device);
        Tensor Drawn() => empty([size, size], dtype: ScalarType.BFloat16, device: device).normal_(0, 1, generator);
        var (a, b) = (Drawn(), Drawn());
        void Run()
        {
            using var product = a.matmul(b);
        }

        clock.Seconds(() => Repeat(3, Run));
        return 2.0 * size * size * size * Repeats / clock.Seconds(() => Repeat(Repeats, Run));
    }

    private static void Repeat(int count, Action work)
    {
        for (var i = 0; i < count; i++)
        {
            work();
        }
    }
}

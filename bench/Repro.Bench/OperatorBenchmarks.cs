using static TorchSharp.torch;

namespace Repro.Bench;

/// <summary>The cost of calling an operator from C#, the disposal of its result included.</summary>
internal static class OperatorBenchmarks
{
    public static IEnumerable<Benchmark> All =>
    [
        new("add_64x64", 20_000, false, () => Add(64, requiresGrad: false)),
        new("add_1x1", 20_000, false, () => Add(1, requiresGrad: false)),
        new("add_alpha_64x64", 10_000, false, AddScaled),
        new("add_scalar_64x64", 10_000, false, AddScalar),
        new("softmax_64x64", 4_000, false, Softmax),
        new("add_64x64_grad", 10_000, true, () => Add(64, requiresGrad: true)),
        new("matmul_64x64", 4_000, false, MatMul),
    ];

    private static Action Add(long size, bool requiresGrad)
    {
        var left = randn(size, size, requires_grad: requiresGrad);
        var right = randn(size, size);
        return () => left.add(right).Dispose();
    }

    // The calls from here on take the boxed way; without alpha the sum of two tensors has an entry of its own.
    private static Action AddScaled()
    {
        var left = randn(64, 64);
        var right = randn(64, 64);
        return () => left.add(right, 1).Dispose();
    }

    private static Action AddScalar()
    {
        var left = randn(64, 64);
        return () => left.add(1.5).Dispose();
    }

    private static Action Softmax()
    {
        var left = randn(64, 64);
        return () => left.softmax(-1).Dispose();
    }

    private static Action MatMul()
    {
        var left = randn(64, 64);
        var right = randn(64, 64);
        return () => left.matmul(right).Dispose();
    }
}

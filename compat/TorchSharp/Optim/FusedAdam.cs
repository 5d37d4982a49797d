using System.Numerics;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// The update of <see cref="AdamUpdate"/> in one pass over memory, for dense float32 on the CPU: the operators of LibTorch
/// take nine passes and as many calls for each parameter.
/// </summary>
internal static class FusedAdam
{
    // Below, a second thread costs more than it saves.
    private const long ElementsPerThread = 1 << 16;

    /// <summary>What one update multiplies, adds and divides by.</summary>
    internal readonly record struct Factors(float Keep, float Beta1, float NewMean, float Beta2, float NewSquare, float Root, float Eps, float Rate);

    internal static bool Fits(Tensor parameter, Tensor gradient, Tensor mean, Tensor square)
        => Fits(parameter) && Fits(gradient) && Fits(mean) && Fits(square);

    internal static unsafe void Run(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, Factors factors)
    {
        nint p = parameter.DataPointer(), g = gradient.DataPointer(), m = mean.DataPointer(), v = square.DataPointer();
        long count = parameter.numel();
        int parts = (int)Math.Clamp(count / ElementsPerThread, 1, get_num_threads());
        long size = (((count + parts - 1) / parts) + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        if (parts == 1)
        {
            Update((float*)p, (float*)g, (float*)m, (float*)v, count, factors);
        }
        else
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
            {
                long start = part * size;
                if (start < count)
                {
                    Update((float*)p + start, (float*)g + start, (float*)m + start, (float*)v + start, Math.Min(size, count - start), factors);
                }
            });
        }

        // Autograd has to learn of the change, so that a graph that needs the old value refuses to run.
        parameter.copy_(parameter);
        GC.KeepAlive(gradient);
        GC.KeepAlive(mean);
        GC.KeepAlive(square);
    }

    private static bool Fits(Tensor tensor)
        => tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && !tensor.is_sparse;

    private static unsafe void Update(float* p, float* g, float* m, float* v, long count, Factors f)
    {
        long i = 0;
        var (keep, beta1, newMean, beta2) = (new Vector<float>(f.Keep), new Vector<float>(f.Beta1), new Vector<float>(f.NewMean), new Vector<float>(f.Beta2));
        var (newSquare, root, eps, rate) = (new Vector<float>(f.NewSquare), new Vector<float>(f.Root), new Vector<float>(f.Eps), new Vector<float>(f.Rate));
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> gradient = Vector.Load(g + i);
            Vector<float> mean = Vector.FusedMultiplyAdd(gradient, newMean, Vector.Load(m + i) * beta1);
            Vector<float> square = (Vector.Load(v + i) * beta2) + (newSquare * gradient * gradient);
            mean.Store(m + i);
            square.Store(v + i);
            Vector<float> denominator = (Vector.SquareRoot(square) / root) + eps;
            ((Vector.Load(p + i) * keep) + (rate * mean / denominator)).Store(p + i);
        }

        for (; i < count; i++)
        {
            float mean = MathF.FusedMultiplyAdd(g[i], f.NewMean, m[i] * f.Beta1);
            float square = (v[i] * f.Beta2) + (f.NewSquare * g[i] * g[i]);
            m[i] = mean;
            v[i] = square;
            p[i] = (p[i] * f.Keep) + (f.Rate * mean / ((MathF.Sqrt(square) / f.Root) + f.Eps));
        }
    }
}

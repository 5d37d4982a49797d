using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Linear layers on few rows, as generation has them, without gradient.</summary>
/// <remarks>
/// OpenBLAS, which distributions build LibTorch with, multiplies small matrices directly but copies larger ones into blocks first. With few rows that copy of
/// the whole weight takes five to ten times as long as the product, so the weight is taken in slices that stay below the limits. Elsewhere the slices cost
/// little and gain nothing.
/// </remarks>
internal static class FewRows
{
    // Measured with OpenBLAS 0.3.21: results of more elements, or products of more multiplications, are done in copied blocks.
    private const long MostResults = 1024;
    private const long MostProducts = 1_000_000;

    // With more rows a slice becomes so narrow that calling for each costs what it saves.
    private const long MostRows = 16;

    /// <summary>x W^T + b, in slices of W where that is faster.</summary>
    /// <param name="input">[.., in].</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[.., out].</returns>
    internal static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        var slice = SliceOf(input, weight);
        if (slice == 0)
        {
            return nn.functional.linear(input, weight, bias);
        }

        using var scope = NewDisposeScope();
        var outputs = weight.shape[0];
        var parts = new List<Tensor>();
        for (var first = 0L; first < outputs; first += slice)
        {
            var count = Math.Min(slice, outputs - first);
            parts.Add(nn.functional.linear(input, weight.narrow(0, first, count), bias?.narrow(0, first, count)));
        }

        return cat(parts, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Outputs of a slice; 0 where the whole is as good.</summary>
    private static long SliceOf(Tensor input, Tensor weight)
    {
        if (is_grad_enabled() || input.device_type != DeviceType.CPU || input.dtype != ScalarType.Float32)
        {
            return 0;
        }

        var shape = weight.shape;
        var rows = input.numel() / shape[1];
        if (rows is 0 or > MostRows)
        {
            return 0;
        }

        var slice = Math.Min(MostResults / rows, MostProducts / (rows * shape[1]));
        return slice < 1 || slice >= shape[0] ? 0 : slice;
    }
}

using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Grouped-query attention (CRS Eq. 2.5 for groups of heads) and its mask.</summary>
internal static class AttentionCore
{
    /// <summary>
    /// [batch, new, all], true where a query may look. A position sees itself even if it is padding, so that no row is empty; real
    /// positions never see padding. A mask [batch, new, new] says itself which keys each query sees.
    /// </summary>
    internal static Tensor Seen(Tensor attentionMask, long past, long count)
    {
        using var scope = NewDisposeScope();
        if (attentionMask.dim() == 3)
        {
            var places = arange(count, dtype: ScalarType.Int64, device: attentionMask.device);
            return attentionMask.ne(0).logical_or(places.view(1, count, 1).eq(places.view(1, 1, count))).MoveToOuterDisposeScope();
        }

        var total = past + count;
        var queries = arange(past, total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, count, 1);
        var keys = arange(total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, 1, total);
        return keys.le(queries).logical_and(attentionMask.ne(0).unsqueeze(1)).logical_or(keys.eq(queries)).MoveToOuterDisposeScope();
    }

    /// <summary>[batch, new, all], true where the key is the query itself or among the tokens before it that the window reaches.</summary>
    /// <param name="queries">Positions [batch, new], int64.</param>
    /// <param name="keys">Positions [batch, all], int64.</param>
    /// <param name="window">How many positions a query sees, its own included.</param>
    internal static Tensor Within(Tensor queries, Tensor keys, int window)
    {
        using var scope = NewDisposeScope();
        return keys.unsqueeze(1).gt(queries.unsqueeze(2) - window).MoveToOuterDisposeScope();
    }

    /// <summary>[batch, 1, new, all], 0 where a query may look and negative infinity elsewhere.</summary>
    /// <param name="seen">[batch, new, all], true where it may.</param>
    /// <param name="dtype">Element type of the model.</param>
    internal static Tensor Added(Tensor seen, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        return zeros(seen.shape, dtype: dtype, device: seen.device).masked_fill_(seen.logical_not(), double.NegativeInfinity)
            .unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mask as <see cref="Run"/> takes it, [batch, 1, times * new, all] where each key has that many queries: those of one group stand
    /// in a row.
    /// </summary>
    internal static Tensor Folded(Tensor mask, long times)
    {
        if (times == 1)
        {
            return mask;
        }

        var shape = mask.shape;
        return mask.expand(shape[0], times, shape[2], shape[3]).reshape(shape[0], 1, times * shape[2], shape[3]);
    }

    /// <summary>Queries [batch, heads, new, size], keys and values [batch, groups, new, size]; gives [batch * new, heads * size].</summary>
    internal static Tensor Run(Tensor queries, Tensor keys, Tensor values, int layer, ModelConfig config, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var (k, v) = context.Cache?.Append(layer, keys, values) ?? (keys, values);
        var shape = queries.shape;
        var (batch, heads, count, size) = (shape[0], shape[1], shape[2], shape[3]);

        // Query heads of a group stand side by side: as rows of one head they share its keys and values, of which no copies are made.
        var groups = k.shape[1];
        var rows = heads == groups ? queries : queries.reshape(batch, groups, heads / groups * count, size);
        var mixed = Mix(rows, k, v, config, context.View(config.Slides(layer)).Mask);
        if (count == 1)
        {
            return mixed.reshape(batch, heads * size).MoveToOuterDisposeScope();
        }

        return mixed.reshape(batch, heads, count, size).transpose(1, 2).reshape(batch * count, heads * size).MoveToOuterDisposeScope();
    }

    // A cap stands between scores and mask, where the fused operation has no place for it.
    private static Tensor Mix(Tensor queries, Tensor keys, Tensor values, ModelConfig config, Tensor? mask)
    {
        var scalar = config.QueryScalar ?? config.HeadSize;
        if (config.AttentionCap is not { } cap)
        {
            var scaled = scalar == config.HeadSize ? queries : queries * Math.Sqrt(config.HeadSize / scalar);
            return nn.functional.scaled_dot_product_attention(scaled, keys, values, mask);
        }

        using var scope = NewDisposeScope();
        var capped = SoftCap.Apply(queries.matmul(keys.transpose(2, 3)) / Math.Sqrt(scalar), cap);
        var shares = (mask is null ? capped : capped + mask).softmax(-1, HeadChunk.Wide(queries.dtype)).to(queries.dtype);
        return shares.matmul(values).MoveToOuterDisposeScope();
    }
}

/// <summary>Rotary positions with the halves of a head side by side (not interleaved).</summary>
internal static class Rotary
{
    /// <summary>
    /// Cosines and sines [batch, 1, count, size] of positions [batch, count]; the sines of the first half are negated, because what turns
    /// it is subtracted.
    /// </summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="positions">[batch, count], int64.</param>
    /// <param name="dtype">Element type of the model.</param>
    /// <param name="sliding">Whether they are for sliding layers.</param>
    internal static (Tensor Cosines, Tensor Sines) Tables(ModelConfig config, Tensor positions, ScalarType dtype, bool sliding = false)
    {
        using var scope = NewDisposeScope();
        // In single precision at least, as the peers do: half precision cannot tell distant positions apart.
        var wide = dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var (theta, scaling) = sliding && config.SlidingRopeTheta is { } own ? (own, null) : (config.RopeTheta, config.RopeScaling);
        var frequencies = tensor(Frequencies(config, theta, scaling), dtype: wide, device: positions.device);
        var angles = positions.to(wide).unsqueeze(-1).mul(frequencies);
        var (cosines, sines) = (angles.cos(), angles.sin());
        if (scaling?.CosineFactor() is { } factor and not 1)
        {
            (cosines, sines) = (cosines * factor, sines * factor);
        }

        return (
            cat([cosines, cosines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope(),
            cat([-sines, sines], -1).unsqueeze(1).to(dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Turns heads [batch, heads, count, size] by tables of <see cref="Tables"/>.</summary>
    internal static Tensor Turn(Tensor x, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        return (x * cosines).addcmul(x.roll(x.shape[3] / 2, 3), sines, 1).MoveToOuterDisposeScope();
    }

    private static double[] Frequencies(ModelConfig config, double theta, RopeScaling? scaling)
    {
        double[] frequencies = [.. Enumerable.Range(0, config.HeadSize / 2).Select(i => Math.Pow(theta, -2.0 * i / config.HeadSize))];
        return scaling?.Stretch(frequencies, theta, config.MaximumPositions) ?? frequencies;
    }
}

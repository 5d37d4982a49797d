using static TorchSharp.torch;

namespace Repro.Core.Models.Layers;

/// <summary>Grouped-query attention (CRS Eq. 2.5 for groups of heads) and its mask.</summary>
internal static class AttentionCore
{
    /// <summary>
    /// [batch, 1, new, all], 0 where a query may look and negative infinity elsewhere. A position sees itself even if it is padding,
    /// so that no row is empty; real positions never see padding. A mask [batch, new, new] says itself which keys each query sees.
    /// </summary>
    internal static Tensor Mask(Tensor attentionMask, long past, long count, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        if (attentionMask.dim() == 3)
        {
            var places = arange(count, dtype: ScalarType.Int64, device: attentionMask.device);
            return Added(attentionMask.ne(0).logical_or(places.view(1, count, 1).eq(places.view(1, 1, count))), dtype).MoveToOuterDisposeScope();
        }

        var total = past + count;
        var queries = arange(past, total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, count, 1);
        var keys = arange(total, dtype: ScalarType.Int64, device: attentionMask.device).view(1, 1, total);
        var allowed = keys.le(queries).logical_and(attentionMask.ne(0).unsqueeze(1)).logical_or(keys.eq(queries));
        return Added(allowed, dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The mask as <see cref="Run"/> takes it, [batch, 1, times * new, all] where each key has that many queries: those of one group stand in a row.
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

    /// <summary>Queries [batch, heads, new, size], keys and values [batch, groups, new, size]; gives [batch, new, heads * size].</summary>
    internal static Tensor Run(Tensor queries, Tensor keys, Tensor values, int layer, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        var (k, v) = context.Cache?.Append(layer, keys, values) ?? (keys, values);
        var shape = queries.shape;
        var (batch, heads, count, size) = (shape[0], shape[1], shape[2], shape[3]);

        // Query heads of a group stand side by side: as rows of one head they share its keys and values, of which no copies are made.
        var groups = k.shape[1];
        var rows = heads == groups ? queries : queries.reshape(batch, groups, heads / groups * count, size);
        var mixed = nn.functional.scaled_dot_product_attention(rows, k, v, context.Mask);
        if (count == 1)
        {
            return mixed.reshape(batch, 1, heads * size).MoveToOuterDisposeScope();
        }

        return mixed.reshape(batch, heads, count, size).transpose(1, 2).reshape(batch, count, heads * size).MoveToOuterDisposeScope();
    }

    private static Tensor Added(Tensor allowed, ScalarType dtype) =>
        zeros(allowed.shape, dtype: dtype, device: allowed.device).masked_fill_(allowed.logical_not(), double.NegativeInfinity).unsqueeze(1);
}

using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Applies index expressions: views first, then one gather or scatter for all tensor indices together.</summary>
internal static class Indexing
{
    /// <summary>The elements that <paramref name="indices"/> name; a view where no tensor is among them.</summary>
    /// <exception cref="ArgumentException">There are more indices than dimensions, or two ellipses.</exception>
    public static Tensor Get(Tensor source, ReadOnlySpan<TensorIndex> indices)
    {
        var (view, tensors) = Apply(source, indices);
        if (tensors.Length == 0)
        {
            return ReferenceEquals(view, source) ? Aten.alias.One(source) : view;
        }

        try
        {
            return Aten.index_Tensor.One(view, Arg.OptionalTensors(tensors));
        }
        finally
        {
            Release(source, view, indices, tensors);
        }
    }

    /// <summary>Writes <paramref name="value"/>, broadcast, to the elements that <paramref name="indices"/> name.</summary>
    public static void Put(Tensor target, ReadOnlySpan<TensorIndex> indices, Tensor value, bool accumulate)
    {
        var (view, tensors) = Apply(target, indices);
        try
        {
            using var fitted = Fit(value, view);
            if (tensors.Length != 0)
            {
                Aten.index_put_.Run(view, Arg.OptionalTensors(tensors), fitted ?? value, accumulate);
            }
            else if (accumulate)
            {
                Aten.add__Tensor.Run(view, fitted ?? value);
            }
            else
            {
                Aten.copy_.Run(view, fitted ?? value);
            }
        }
        finally
        {
            Release(target, view, indices, tensors);
        }
    }

    /// <summary>A tensor of one element with the dtype and device of <paramref name="target"/>.</summary>
    public static Tensor ValueFor(Tensor target, Scalar value) => Aten.scalar_tensor.One(value, target.dtype, Arg.None, target.device);

    private static (Tensor View, Tensor?[] Tensors) Apply(Tensor source, ReadOnlySpan<TensorIndex> indices)
    {
        var free = source.dim() - Consumed(indices);
        if (free < 0)
        {
            throw new ArgumentException($"{indices.Length} indices are too many for a tensor of {source.dim()} dimensions.", nameof(indices));
        }

        var view = source;
        var tensors = new List<Tensor?>();
        try
        {
            ApplyViews(source, ref view, tensors, indices, free);
        }
        catch
        {
            Release(source, view, indices, [.. tensors]);
            throw;
        }

        return (view, tensors.Exists(tensor => tensor is not null) ? [.. tensors] : []);
    }

    private static void ApplyViews(Tensor source, ref Tensor view, List<Tensor?> tensors, ReadOnlySpan<TensorIndex> indices, long free)
    {
        var dim = 0L;
        foreach (ref readonly var index in indices)
        {
            switch (index.Kind)
            {
                case IndexKind.Single:
                    view = Replace(source, view, Aten.select_int.One(view, dim, index.Start));
                    break;
                case IndexKind.Slice:
                    view = Replace(source, view, Aten.slice_Tensor.One(view, dim, index.Start, index.Stop, index.Step ?? 1));
                    Skip(1);
                    break;
                case IndexKind.NewDimension:
                    view = Replace(source, view, Aten.unsqueeze.One(view, dim));
                    Skip(1);
                    break;
                case IndexKind.Ellipsis:
                    Skip(free);
                    break;
                case IndexKind.Boolean:
                    view = Replace(source, view, Aten.unsqueeze.One(view, dim));
                    tensors.Add(Aten.full.One(new long[] { 1 }, index.Start != 0, ScalarType.Bool));
                    dim++;
                    break;
                default:
                    tensors.Add(index.Indices!);
                    dim += Width(index.Indices!);
                    break;
            }
        }

        void Skip(long count)
        {
            dim += count;
            for (var i = 0; i < count; i++)
            {
                tensors.Add(null);
            }
        }
    }

    private static long Consumed(ReadOnlySpan<TensorIndex> indices)
    {
        var consumed = 0L;
        var ellipses = 0;
        foreach (ref readonly var index in indices)
        {
            consumed += index.Kind switch
            {
                IndexKind.Single or IndexKind.Slice => 1,
                IndexKind.Tensor => Width(index.Indices!),
                _ => 0,
            };
            ellipses += index.Kind == IndexKind.Ellipsis ? 1 : 0;
        }

        return ellipses <= 1 ? consumed : throw new ArgumentException("An index expression can hold one ellipsis only.", nameof(indices));
    }

    // A mask stands for as many dimensions as it has, positions for one.
    private static long Width(Tensor index) => index.dtype is ScalarType.Bool or ScalarType.Byte ? index.dim() : 1;

    private static Tensor Replace(Tensor source, Tensor view, Tensor next)
    {
        if (!ReferenceEquals(view, source))
        {
            view.Dispose();
        }

        return next;
    }

    // Null when the value fits as it is; leading dimensions of size 1 may exceed the target's.
    private static Tensor? Fit(Tensor value, Tensor view)
    {
        var fitted = value.dtype == view.dtype ? null : value.to_type(view.dtype);
        for (var current = fitted ?? value; current.dim() > view.dim() && current.size(0) == 1; current = fitted)
        {
            var next = Aten.squeeze_dim.One(current, 0L);
            fitted?.Dispose();
            fitted = next;
        }

        return fitted;
    }

    // Views and truth values made on the way; the caller's own tensors stay.
    private static void Release(Tensor source, Tensor view, ReadOnlySpan<TensorIndex> indices, Tensor?[] tensors)
    {
        if (!ReferenceEquals(view, source))
        {
            view.Dispose();
        }

        foreach (var tensor in tensors)
        {
            var given = tensor is null;
            foreach (ref readonly var index in indices)
            {
                given |= ReferenceEquals(index.Indices, tensor);
            }

            if (!given)
            {
                tensor!.Dispose();
            }
        }
    }
}

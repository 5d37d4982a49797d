using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Makes tensors: filled, random, or copied from managed memory.</summary>
internal static unsafe class Factory
{
    /// <summary>A tensor from a factory whose arguments are size, dtype, layout and device.</summary>
    public static Tensor Filled(Op op, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names) =>
        Finished(op.One(size, dtype, Arg.None, device ?? Defaults.Device), requiresGrad, names);

    /// <summary>A tensor filled with one value; without a dtype LibTorch chooses: Int64 for whole numbers, its default dtype for real ones. The package has Int64 for truth values too.</summary>
    public static Tensor Full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names) =>
        Finished(Aten.full.One(size, value, dtype ?? (value.Type == ScalarType.Bool ? ScalarType.Int64 : null), Arg.None, device ?? Defaults.Device), requiresGrad, names);

    /// <summary>A tensor from a factory whose arguments are size, generator, dtype, layout and device.</summary>
    public static Tensor Random(Op op, ReadOnlySpan<long> size, ScalarType? dtype, Device? device, bool requiresGrad, Generator? generator, string[]? names) =>
        Finished(op.One(size, generator, dtype, Arg.None, device ?? generator?.device ?? Defaults.Device), requiresGrad, names);

    /// <summary>A tensor from a factory of the <c>_like</c> kind, whose arguments are a tensor, dtype, layout and device.</summary>
    public static Tensor Like(Op op, Tensor model, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names = null) =>
        Finished(op.One(model, dtype, Arg.None, device), requiresGrad, names);

    /// <summary>A tensor without dimensions.</summary>
    public static Tensor Single<T>(T value, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged =>
        FromSpan(new ReadOnlySpan<T>(ref value), [], dtype, device, requiresGrad, null);

    /// <summary>A copy of <paramref name="values"/> in the shape given.</summary>
    /// <exception cref="ArgumentException">The shape does not hold exactly as many elements.</exception>
    public static Tensor FromSpan<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        var count = 1L;
        foreach (var size in shape)
        {
            count *= size;
        }

        if (count != values.Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill a tensor of shape [{string.Join(", ", shape.ToArray())}], which has {count}.");
        }

        var tensor = Aten.empty_memory_format.One(shape, ScalarTypeInfo.Of<T>(), Arg.None, CPU);
        values.CopyTo(new Span<T>((void*)tensor.DataPointer(), values.Length));
        return Finished(Moved(tensor, dtype, device ?? Defaults.Device), requiresGrad, names);
    }

    /// <summary>A copy of an array of any rank.</summary>
    public static Tensor FromNested<T>(Array values, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
        where T : unmanaged
    {
        var shape = new long[values.Rank];
        for (var i = 0; i < shape.Length; i++)
        {
            shape[i] = values.GetLongLength(i);
        }

        // The elements of an array of any rank lie one after the other, the last index running fastest.
        fixed (byte* data = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(values))
        {
            return FromSpan(new ReadOnlySpan<T>(data, values.Length), shape, dtype, device, requiresGrad, names);
        }
    }

    /// <summary>A copy of an array whose element type is known only at run time.</summary>
    /// <exception cref="ArgumentException">No tensor has such elements.</exception>
    public static Tensor FromArray(Array values, ScalarType? dtype, Device? device, bool requiresGrad, string[]? names)
    {
        ArgumentNullException.ThrowIfNull(values);
        return ScalarTypeInfo.Of(values.GetType().GetElementType()!) switch
        {
            ScalarType.Byte => FromNested<byte>(values, dtype, device, requiresGrad, names),
            ScalarType.Int8 => FromNested<sbyte>(values, dtype, device, requiresGrad, names),
            ScalarType.Int16 => FromNested<short>(values, dtype, device, requiresGrad, names),
            ScalarType.Int32 => FromNested<int>(values, dtype, device, requiresGrad, names),
            ScalarType.Int64 => FromNested<long>(values, dtype, device, requiresGrad, names),
            ScalarType.Bool => FromNested<bool>(values, dtype, device, requiresGrad, names),
            ScalarType.Float16 => FromNested<Half>(values, dtype, device, requiresGrad, names),
            ScalarType.BFloat16 => FromNested<BFloat16>(values, dtype, device, requiresGrad, names),
            ScalarType.Float32 => FromNested<float>(values, dtype, device, requiresGrad, names),
            ScalarType.Float64 => FromNested<double>(values, dtype, device, requiresGrad, names),
            ScalarType.ComplexFloat32 => FromNested<(float, float)>(values, dtype, device, requiresGrad, names),
            _ => FromNested<System.Numerics.Complex>(values, dtype, device, requiresGrad, names),
        };
    }

    /// <summary>The list's elements as one block of memory, copied only where the list is no array.</summary>
    public static ReadOnlySpan<T> Copy<T>(IList<T> list)
    {
        if (list is T[] array)
        {
            return array;
        }

        var copy = new T[list.Count];
        list.CopyTo(copy, 0);
        return copy;
    }

    /// <summary>The tensor itself, marked as asked for.</summary>
    /// <exception cref="NotSupportedException">Names of dimensions are given, which operators do not carry.</exception>
    public static Tensor Finished(Tensor tensor, bool requiresGrad, string[]? names)
    {
        if (names is { Length: > 0 })
        {
            tensor.Dispose();
            throw new NotSupportedException("Named dimensions are not supported.");
        }

        if (requiresGrad)
        {
            tensor.requires_grad = true;
        }

        return tensor;
    }

    private static Tensor Moved(Tensor tensor, ScalarType? dtype, Device? device)
    {
        var elsewhere = device is not null && device.type != DeviceType.CPU;
        if (!elsewhere && (dtype is null || dtype == tensor.dtype))
        {
            return tensor;
        }

        using (tensor)
        {
            return elsewhere ? tensor.to(dtype ?? tensor.dtype, device!) : tensor.to_type(dtype!.Value);
        }
    }
}

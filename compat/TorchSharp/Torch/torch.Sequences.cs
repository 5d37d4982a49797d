using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Tensors of regular values, identities, and copies of shapes.</content>
public static partial class torch
{
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Factory.Finished(Aten.arange.One(stop, dtype, Arg.None, device ?? Defaults.Device), requires_grad, null);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Factory.Finished(Aten.arange_start.One(start, stop, dtype, Arg.None, device ?? Defaults.Device), requires_grad, null);

    /// <summary>Values from start on, below stop; whole numbers give Int64, others the default dtype.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Factory.Finished(Aten.arange_start_step.One(start, stop, step, dtype, Arg.None, device ?? Defaults.Device), requires_grad, null);

    /// <summary>Evenly spaced values, both ends included.</summary>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Factory.Finished(Aten.linspace.One(start, end, steps, dtype, Arg.None, device ?? Defaults.Device), requires_grad, null);

    /// <summary>Powers of the base with evenly spaced exponents, both ends included.</summary>
    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Factory.Finished(Aten.logspace.One(start, end, steps, @base, dtype, Arg.None, device ?? Defaults.Device), requires_grad, null);

    /// <summary>Ones on the diagonal; square when no number of columns is given.</summary>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Finished(Aten.eye_m.One(rows, columns < 0 ? rows : columns, dtype, Arg.None, device ?? Defaults.Device), requires_grad, names);

    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Finished(Aten.empty_strided.One(size, strides, dtype, Arg.None, device ?? Defaults.Device), requires_grad, names);

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Like(Aten.zeros_like, input, dtype, device, requires_grad, names);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Like(Aten.ones_like, input, dtype, device, requires_grad, names);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Like(Aten.empty_like, input, dtype, device, requires_grad, names);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.Finished(Aten.full_like.One(input, value, dtype, Arg.None, device), requires_grad, names);

    /// <summary>Row and column numbers of the elements on and below a diagonal.</summary>
    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.tril_indices.One(row, col, offset, dtype, Arg.None, device ?? Defaults.Device);

    /// <summary>Row and column numbers of the elements on and above a diagonal.</summary>
    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.triu_indices.One(row, col, offset, dtype, Arg.None, device ?? Defaults.Device);

    public static Tensor from_array(Array rawArray, Device? device = null) => Factory.FromArray(rawArray, null, device, false, null);

    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Factory.FromArray(rawArray, dtype, device, requires_grad, names);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => Factory.FromArray(data, dtype, device, false, null);

    /// <summary>The tensor itself where dtype and device are right already, else a copy.</summary>
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) => data.to(dtype ?? data.dtype, device ?? data.device);
}

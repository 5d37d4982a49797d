using TorchSharp.Interop;

namespace TorchSharp;

/// <content>Dtypes: kinds, limits, promotion, and the default.</content>
public static partial class torch
{
    public static bool is_floating_point(ScalarType type) => type.IsFloatingPoint();

    public static bool is_complex(ScalarType type) => type.IsComplex();

    public static bool is_integral(ScalarType type) => type.IsIntegral();

    public static bool is_quantized(ScalarType type) => type is ScalarType.QInt8 or ScalarType.QUInt8 or ScalarType.QInt32;

    public static bool is_tensor(object obj) => obj is Tensor;

    public static long numel(Tensor input) => input.numel();

    /// <summary>The greatest value of a dtype of whole numbers.</summary>
    /// <exception cref="ArgumentException">The dtype holds no whole numbers.</exception>
    public static long max_int_value(ScalarType type) => type switch
    {
        ScalarType.Byte => byte.MaxValue,
        ScalarType.Int8 => sbyte.MaxValue,
        ScalarType.Int16 => short.MaxValue,
        ScalarType.Int32 => int.MaxValue,
        ScalarType.Int64 => long.MaxValue,
        _ => throw new ArgumentException($"{type} holds no whole numbers.", nameof(type)),
    };

    /// <summary>The dtype of a result of tensors with these two dtypes.</summary>
    public static ScalarType promote_types(ScalarType type1, ScalarType type2) =>
        (ScalarType)NativeError.ThrowIfFailed(NativeMethods.repro_promote_types((int)type1, (int)type2));

    /// <summary>Whether an in-place result of the first dtype may be written to a tensor of the second.</summary>
    public static bool can_cast(ScalarType from, ScalarType to) => NativeError.ThrowIfFailed(NativeMethods.repro_can_cast((int)from, (int)to)) != 0;

    /// <summary>The dtype of a result of these two tensors; one without dimensions counts by its kind alone.</summary>
    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => (ScalarType)Aten.result_type_Tensor.Integer(tensor1, tensor2);

    public static ScalarType get_default_dtype() => (ScalarType)NativeMethods.repro_default_dtype();

    /// <exception cref="System.Runtime.InteropServices.ExternalException">The dtype is no floating-point one.</exception>
    public static void set_default_dtype(ScalarType dtype) => NativeError.ThrowIfFailed(NativeMethods.repro_set_default_dtype((int)dtype));

    public static void set_default_tensor_type(Tensor t) => set_default_dtype(t.dtype);

    public static Tensor BoolTensor(Tensor t) => t.@bool();

    public static Tensor ByteTensor(Tensor t) => t.@byte();

    public static Tensor ShortTensor(Tensor t) => t.@short();

    public static Tensor IntTensor(Tensor t) => t.@int();

    public static Tensor LongTensor(Tensor t) => t.@long();

    public static Tensor FloatTensor(Tensor t) => t.@float();

    public static Tensor DoubleTensor(Tensor t) => t.@double();

    /// <summary>The limits of the default dtype.</summary>
    public static FInfo finfo() => finfo(get_default_dtype());

    /// <summary>The limits of a floating-point dtype; of a complex one, those of its parts.</summary>
    /// <exception cref="ArgumentException">The dtype has no floating-point numbers.</exception>
    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => new FInfo(16, Math.Pow(2, -10), 65504, Math.Pow(2, -14), 1e-3),
        ScalarType.BFloat16 => new FInfo(16, Math.Pow(2, -7), BFloat16.MaxValue.ToSingle(), Math.Pow(2, -126), 1e-2),
        ScalarType.Float32 or ScalarType.ComplexFloat32 => new FInfo(32, Math.Pow(2, -23), float.MaxValue, Math.Pow(2, -126), 1e-6),
        ScalarType.Float64 or ScalarType.ComplexFloat64 => new FInfo(64, Math.Pow(2, -52), double.MaxValue, Math.Pow(2, -1022), 1e-15),
        _ => throw new ArgumentException($"{dtype} has no floating-point numbers.", nameof(dtype)),
    };
}

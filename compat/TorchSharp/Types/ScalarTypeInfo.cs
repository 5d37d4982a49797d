using System.Numerics;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>What a dtype is, and which .NET type holds its elements.</summary>
internal static class ScalarTypeInfo
{
    public static bool IsFloatingPoint(this ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    public static bool IsComplex(this ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    public static bool IsIntegral(this ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    /// <summary>The dtype whose elements have the .NET type <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">No dtype has such elements.</exception>
    public static ScalarType Of<T>() => Of(typeof(T));

    /// <summary>The dtype whose elements have the .NET type <paramref name="type"/>.</summary>
    /// <exception cref="ArgumentException">No dtype has such elements.</exception>
    public static ScalarType Of(Type type)
    {
        if (type == typeof(float))
        {
            return ScalarType.Float32;
        }

        return type switch
        {
            _ when type == typeof(double) => ScalarType.Float64,
            _ when type == typeof(long) => ScalarType.Int64,
            _ when type == typeof(int) => ScalarType.Int32,
            _ when type == typeof(short) => ScalarType.Int16,
            _ when type == typeof(sbyte) => ScalarType.Int8,
            _ when type == typeof(byte) => ScalarType.Byte,
            _ when type == typeof(bool) => ScalarType.Bool,
            _ when type == typeof(Half) => ScalarType.Float16,
            _ when type == typeof(BFloat16) => ScalarType.BFloat16,
            _ when type == typeof(Complex) => ScalarType.ComplexFloat64,
            _ when type == typeof((float, float)) => ScalarType.ComplexFloat32,
            _ => throw new ArgumentException($"No tensor has elements of type {type}.", nameof(type)),
        };
    }

    /// <summary>Bytes per element.</summary>
    public static int Size(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool or ScalarType.QInt8 or ScalarType.QUInt8 => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 or ScalarType.QInt32 => 4,
        ScalarType.Int64 or ScalarType.Float64 or ScalarType.ComplexFloat32 => 8,
        ScalarType.ComplexFloat64 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such dtype."),
    };

    /// <summary>Checks that elements of <paramref name="dtype"/> can be read as <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public static void Require<T>(ScalarType dtype)
        where T : unmanaged
    {
        if (Of<T>() != dtype)
        {
            throw new ArgumentException($"The tensor's elements are {dtype}; they cannot be read or written as {typeof(T).Name}.");
        }
    }
}

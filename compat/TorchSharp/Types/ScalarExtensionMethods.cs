using System.Numerics;

namespace TorchSharp;

/// <summary>Conversions between numbers and <see cref="Scalar"/>.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static Scalar ToScalar(this Half value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this (float, float) value) => value;

    public static Scalar ToScalar(this Complex value) => value;

    /// <summary>The value rounded to BFloat16.</summary>
    public static Scalar ToBFloat16Scalar(this float value) => new BFloat16(value).ToSingle();

    public static bool ToBoolean(this Scalar value) => value.AsReal() != 0;

    public static byte ToByte(this Scalar value) => (byte)value.AsWhole();

    public static sbyte ToSByte(this Scalar value) => (sbyte)value.AsWhole();

    public static short ToInt16(this Scalar value) => (short)value.AsWhole();

    public static int ToInt32(this Scalar value) => (int)value.AsWhole();

    public static long ToInt64(this Scalar value) => value.AsWhole();

    public static Half ToHalf(this Scalar value) => (Half)value.AsReal();

    public static float ToSingle(this Scalar value) => (float)value.AsReal();

    public static double ToDouble(this Scalar value) => value.AsReal();

    public static (float Real, float Imaginary) ToComplexFloat32(this Scalar value)
    {
        var complex = value.AsComplex();
        return ((float)complex.Real, (float)complex.Imaginary);
    }

    public static Complex ToComplexFloat64(this Scalar value) => value.AsComplex();
}

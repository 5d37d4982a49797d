using System.Numerics;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A number as operators take it: whole, real, complex or a truth value. Holds nothing native; disposing it does nothing.</summary>
public sealed class Scalar : IDisposable
{
    private readonly long _integer;
    private readonly double _real;
    private readonly double _imaginary;

    private Scalar(ScalarType type, long integer)
    {
        Type = type;
        _integer = integer;
    }

    private Scalar(ScalarType type, double real, double imaginary = 0)
    {
        Type = type;
        _real = real;
        _imaginary = imaginary;
    }

    /// <summary>The dtype that the .NET type of the value stands for.</summary>
    public ScalarType Type { get; }

    private bool IsWhole => Type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static implicit operator Scalar(byte value) => new(ScalarType.Byte, value);

    public static implicit operator Scalar(sbyte value) => new(ScalarType.Int8, value);

    public static implicit operator Scalar(short value) => new(ScalarType.Int16, value);

    public static implicit operator Scalar(int value) => new(ScalarType.Int32, value);

    public static implicit operator Scalar(long value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(bool value) => new(ScalarType.Bool, value ? 1 : 0);

    public static implicit operator Scalar(Half value) => new(ScalarType.Float16, (double)value);

    public static implicit operator Scalar(float value) => new(ScalarType.Float32, (double)value);

    public static implicit operator Scalar(double value) => new(ScalarType.Float64, value);

    public static implicit operator Scalar((float, float) value) => new(ScalarType.ComplexFloat32, value.Item1, value.Item2);

    public static implicit operator Scalar(Complex value) => new(ScalarType.ComplexFloat64, value.Real, value.Imaginary);

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }

    internal static Scalar BFloat16(float value) => new(ScalarType.BFloat16, (double)value);

    internal Arg ToArg() => Type switch
    {
        ScalarType.Bool => _integer != 0,
        ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64 => Arg.Complex(_real, _imaginary),
        _ when IsWhole => _integer,
        _ => _real,
    };

    internal double AsReal() => IsWhole ? _integer : _real;

    internal long AsWhole() => IsWhole ? _integer : (long)_real;

    internal Complex AsComplex() => new(AsReal(), _imaginary);
}

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

    /// <summary>The kind of number: Int64 for all whole ones, Float64 for all real ones, ComplexFloat64 or Bool.</summary>
    public ScalarType Type { get; }

    private bool IsWhole => Type is ScalarType.Int64 or ScalarType.Bool;

    public static implicit operator Scalar(byte value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(sbyte value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(short value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(int value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(long value) => new(ScalarType.Int64, value);

    public static implicit operator Scalar(bool value) => new(ScalarType.Bool, value ? 1 : 0);

    public static implicit operator Scalar(Half value) => new(ScalarType.Float64, (double)value);

    public static implicit operator Scalar(float value) => new(ScalarType.Float64, (double)value);

    public static implicit operator Scalar(double value) => new(ScalarType.Float64, value);

    public static implicit operator Scalar((float, float) value) => new(ScalarType.ComplexFloat64, value.Item1, value.Item2);

    public static implicit operator Scalar(Complex value) => new(ScalarType.ComplexFloat64, value.Real, value.Imaginary);

    /// <summary>Does nothing.</summary>
    public void Dispose()
    {
    }

    internal Arg ToArg() => Type switch
    {
        ScalarType.Bool => _integer != 0,
        ScalarType.ComplexFloat64 => Arg.Complex(_real, _imaginary),
        _ when IsWhole => _integer,
        _ => _real,
    };

    internal double AsReal() => IsWhole ? _integer : _real;

    internal long AsWhole() => IsWhole ? _integer : (long)_real;

    internal Complex AsComplex() => new(AsReal(), _imaginary);
}

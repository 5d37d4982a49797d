using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// One argument of an operator call. Whatever it was made from converts implicitly, and stays referenced by it,
/// so that no operand can be finalized while native code works on it.
/// </summary>
internal readonly struct Arg
{
    /// <summary>The tensor, list, text, device or generator meant, or null for plain values.</summary>
    public readonly object? Reference;

    /// <summary>A whole number, a truth value, or the bits of a double.</summary>
    public readonly long Bits;

    public readonly ArgTag Tag;

    private Arg(ArgTag tag, long bits = 0, object? reference = null)
    {
        Tag = tag;
        Bits = bits;
        Reference = reference;
    }

    /// <summary>An absent optional argument.</summary>
    public static Arg None => default;

    /// <summary>Whatever the operator's schema gives as its default.</summary>
    public static Arg Default => new(ArgTag.SchemaDefault);

    public static implicit operator Arg(Tensor? value) => value is null ? default : new(ArgTag.Tensor, 0, value);

    public static implicit operator Arg(Tensor[] value) => new(ArgTag.Tensors, 0, value);

    public static implicit operator Arg(long value) => new(ArgTag.Integer, value);

    public static implicit operator Arg(long? value) => value is long given ? new(ArgTag.Integer, given) : default;

    public static implicit operator Arg(double value) => new(ArgTag.Real, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Arg(double? value) => value is double given ? given : default(Arg);

    public static implicit operator Arg(bool value) => new(ArgTag.Boolean, value ? 1 : 0);

    public static implicit operator Arg(bool? value) => value is bool given ? given : default(Arg);

    public static implicit operator Arg(long[]? value) => value is null ? default : new(ArgTag.Integers, 0, value);

    public static implicit operator Arg(ReadOnlySpan<long> value) => new(ArgTag.Integers, 0, value.ToArray());

    public static implicit operator Arg(double[] value) => new(ArgTag.Reals, 0, value);

    public static implicit operator Arg(string? value) => value is null ? default : new(ArgTag.Text, 0, value);

    public static implicit operator Arg(ScalarType value) => new(ArgTag.Integer, (long)value);

    public static implicit operator Arg(ScalarType? value) => value is ScalarType given ? given : default(Arg);

    public static implicit operator Arg(Device? value) => value is null ? default : new(ArgTag.Device, 0, value);

    public static implicit operator Arg(Generator? value) => value is null ? default : new(ArgTag.Generator, 0, value);

    public static implicit operator Arg(Scalar? value) => value is null ? default : value.ToArg();

    /// <summary>A list in which null stands for an absent tensor, as <c>aten::index</c> takes it.</summary>
    public static Arg OptionalTensors(Tensor?[] value) => new(ArgTag.OptionalTensors, 0, value);

    /// <summary>A complex number, as two doubles.</summary>
    public static Arg Complex(double real, double imaginary) => new(ArgTag.Complex, 0, new[] { real, imaginary });
}

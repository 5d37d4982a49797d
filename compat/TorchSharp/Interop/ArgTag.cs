namespace TorchSharp.Interop;

/// <summary>What an argument or a result holds; the same numbers as <c>repro::Tag</c> in native/src/abi.h.</summary>
internal enum ArgTag
{
    None = 0,
    Tensor = 1,
    Integer = 2,
    Real = 3,
    Boolean = 4,
    Integers = 5,
    Reals = 6,
    Booleans = 7,
    Tensors = 8,
    OptionalTensors = 9,
    Text = 10,
    Device = 11,
    Generator = 12,
    SchemaDefault = 13,
    Complex = 14,
}

namespace TorchSharp.Interop;

/// <summary>Operators on two tensors that native code calls without boxing; the numbers of native/src/direct.cpp.</summary>
internal enum DirectBinary
{
    Add = 0,
    Subtract = 1,
    Multiply = 2,
    Divide = 3,
}

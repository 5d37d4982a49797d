using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>One argument or result as native code sees it: 16 bytes, the layout of <c>repro::Value</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)]
    public ArgTag Tag;

    /// <summary>List length, text length or device index; 1 with a tensor result asks for a garbage collection.</summary>
    [FieldOffset(4)]
    public int Count;

    [FieldOffset(8)]
    public nint Pointer;

    [FieldOffset(8)]
    public long Integer;

    [FieldOffset(8)]
    public double Real;
}

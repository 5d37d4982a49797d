namespace TorchSharp.Interop;

/// <summary>
/// LibTorch's operators under their own names: overload <c>x</c> of <c>name</c> is <c>name_x</c>, and in-place operators end with an underscore before it.
/// </summary>
internal static partial class Aten;

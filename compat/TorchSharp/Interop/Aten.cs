namespace TorchSharp.Interop;

/// <summary>
/// LibTorch's operators under their own names: overload <c>x</c> of <c>name</c> is <c>name_x</c>, and in-place operators end with an underscore before it.
/// </summary>
internal static partial class Aten
{
    /// <summary>Attention; LibTorch 1.13 has it under a private name, with a second result and other arguments.</summary>
    public static readonly Op scaled_dot_product_attention = new("scaled_dot_product_attention");

    public static readonly Op _scaled_dot_product_attention = new("_scaled_dot_product_attention");
}

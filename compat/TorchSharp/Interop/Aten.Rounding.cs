namespace TorchSharp.Interop;

/// <content>Operators: rounding, signs and other element-wise functions.</content>
internal static partial class Aten
{
    public static readonly Op ceil = new("ceil");
    public static readonly Op ceil_ = new("ceil_");
    public static readonly Op copysign_Tensor = new("copysign.Tensor");
    public static readonly Op copysign__Tensor = new("copysign_.Tensor");
    public static readonly Op fix = new("fix");
    public static readonly Op fix_ = new("fix_");
    public static readonly Op floor = new("floor");
    public static readonly Op floor_ = new("floor_");
    public static readonly Op frac = new("frac");
    public static readonly Op frac_ = new("frac_");
    public static readonly Op heaviside = new("heaviside");
    public static readonly Op heaviside_ = new("heaviside_");
    public static readonly Op nan_to_num = new("nan_to_num");
    public static readonly Op nan_to_num_ = new("nan_to_num_");
    public static readonly Op nextafter = new("nextafter");
    public static readonly Op nextafter_ = new("nextafter_");
    public static readonly Op pin_memory = new("pin_memory");
    public static readonly Op round = new("round");
    public static readonly Op round_ = new("round_");
    public static readonly Op round__decimals = new("round_.decimals");
    public static readonly Op round_decimals = new("round.decimals");
    public static readonly Op sgn = new("sgn");
    public static readonly Op sgn_ = new("sgn_");
    public static readonly Op sign = new("sign");
    public static readonly Op sign_ = new("sign_");
    public static readonly Op signbit = new("signbit");
    public static readonly Op trunc = new("trunc");
    public static readonly Op trunc_ = new("trunc_");
}

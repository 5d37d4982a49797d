namespace TorchSharp.Interop;

/// <content>Operators: trigonometric and hyperbolic functions, and angles.</content>
internal static partial class Aten
{
    public static readonly Op acos = new("acos");
    public static readonly Op acos_ = new("acos_");
    public static readonly Op acosh = new("acosh");
    public static readonly Op acosh_ = new("acosh_");
    public static readonly Op angle = new("angle");
    public static readonly Op arccos = new("arccos");
    public static readonly Op arccos_ = new("arccos_");
    public static readonly Op arccosh = new("arccosh");
    public static readonly Op arccosh_ = new("arccosh_");
    public static readonly Op arcsin = new("arcsin");
    public static readonly Op arcsin_ = new("arcsin_");
    public static readonly Op arcsinh = new("arcsinh");
    public static readonly Op arcsinh_ = new("arcsinh_");
    public static readonly Op arctan = new("arctan");
    public static readonly Op arctan2 = new("arctan2");
    public static readonly Op arctan2_ = new("arctan2_");
    public static readonly Op arctan_ = new("arctan_");
    public static readonly Op arctanh = new("arctanh");
    public static readonly Op arctanh_ = new("arctanh_");
    public static readonly Op asin = new("asin");
    public static readonly Op asin_ = new("asin_");
    public static readonly Op asinh = new("asinh");
    public static readonly Op asinh_ = new("asinh_");
    public static readonly Op atan = new("atan");
    public static readonly Op atan2 = new("atan2");
    public static readonly Op atan2_ = new("atan2_");
    public static readonly Op atan_ = new("atan_");
    public static readonly Op atanh = new("atanh");
    public static readonly Op atanh_ = new("atanh_");
    public static readonly Op cos = new("cos");
    public static readonly Op cos_ = new("cos_");
    public static readonly Op cosh = new("cosh");
    public static readonly Op cosh_ = new("cosh_");
    public static readonly Op deg2rad = new("deg2rad");
    public static readonly Op deg2rad_ = new("deg2rad_");
    public static readonly Op hypot = new("hypot");
    public static readonly Op rad2deg = new("rad2deg");
    public static readonly Op rad2deg_ = new("rad2deg_");
    public static readonly Op sin = new("sin");
    public static readonly Op sin_ = new("sin_");
    public static readonly Op sinc = new("sinc");
    public static readonly Op sinc_ = new("sinc_");
    public static readonly Op sinh = new("sinh");
    public static readonly Op sinh_ = new("sinh_");
    public static readonly Op tan = new("tan");
    public static readonly Op tan_ = new("tan_");
    public static readonly Op tanh = new("tanh");
    public static readonly Op tanh_ = new("tanh_");
}

namespace TorchSharp.Interop;

/// <content>Operators: sums, means, extremes and other reductions, cumulative ones included.</content>
internal static partial class Aten
{
    public static readonly Op amax = new("amax");
    public static readonly Op amin = new("amin");
    public static readonly Op aminmax = new("aminmax");
    public static readonly Op argmax = new("argmax");
    public static readonly Op argmin = new("argmin");
    public static readonly Op bincount = new("bincount");
    public static readonly Op corrcoef = new("corrcoef");
    public static readonly Op count_nonzero = new("count_nonzero");
    public static readonly Op count_nonzero_dim_IntList = new("count_nonzero.dim_IntList");
    public static readonly Op cov = new("cov");
    public static readonly Op cummax = new("cummax");
    public static readonly Op cummin = new("cummin");
    public static readonly Op cumprod = new("cumprod");
    public static readonly Op cumsum = new("cumsum");
    public static readonly Op cumulative_trapezoid_dx = new("cumulative_trapezoid.dx");
    public static readonly Op cumulative_trapezoid_x = new("cumulative_trapezoid.x");
    public static readonly Op diff = new("diff");
    public static readonly Op dist = new("dist");
    public static readonly Op histc = new("histc");
    public static readonly Op kthvalue = new("kthvalue");
    public static readonly Op max = new("max");
    public static readonly Op max_dim = new("max.dim");
    public static readonly Op max_other = new("max.other");
    public static readonly Op mean = new("mean");
    public static readonly Op mean_dim = new("mean.dim");
    public static readonly Op median = new("median");
    public static readonly Op min = new("min");
    public static readonly Op min_dim = new("min.dim");
    public static readonly Op min_other = new("min.other");
    public static readonly Op mode = new("mode");
    public static readonly Op nanmean = new("nanmean");
    public static readonly Op nanmedian = new("nanmedian");
    public static readonly Op nanquantile = new("nanquantile");
    public static readonly Op nansum = new("nansum");
    public static readonly Op norm_Scalar = new("norm.Scalar");
    public static readonly Op norm_ScalarOpt_dim = new("norm.ScalarOpt_dim");
    public static readonly Op prod = new("prod");
    public static readonly Op prod_dim_int = new("prod.dim_int");
    public static readonly Op quantile = new("quantile");
    public static readonly Op renorm = new("renorm");
    public static readonly Op std = new("std");
    public static readonly Op std_correction = new("std.correction");
    public static readonly Op std_mean = new("std_mean");
    public static readonly Op std_mean_correction = new("std_mean.correction");
    public static readonly Op sum = new("sum");
    public static readonly Op sum_dim_IntList = new("sum.dim_IntList");
    public static readonly Op trapezoid_dx = new("trapezoid.dx");
    public static readonly Op trapezoid_x = new("trapezoid.x");
    public static readonly Op var = new("var");
    public static readonly Op var_correction = new("var.correction");
    public static readonly Op var_mean = new("var_mean");
    public static readonly Op var_mean_correction = new("var_mean.correction");
}

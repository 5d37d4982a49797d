namespace TorchSharp.Interop;

/// <content>Operators: comparisons, element by element or of whole tensors.</content>
internal static partial class Aten
{
    public static readonly Op allclose = new("allclose");
    public static readonly Op eq_Scalar = new("eq.Scalar");
    public static readonly Op eq_Tensor = new("eq.Tensor");
    public static readonly Op eq__Scalar = new("eq_.Scalar");
    public static readonly Op eq__Tensor = new("eq_.Tensor");
    public static readonly Op equal = new("equal");
    public static readonly Op fmax = new("fmax");
    public static readonly Op fmin = new("fmin");
    public static readonly Op ge_Scalar = new("ge.Scalar");
    public static readonly Op ge_Tensor = new("ge.Tensor");
    public static readonly Op ge__Scalar = new("ge_.Scalar");
    public static readonly Op ge__Tensor = new("ge_.Tensor");
    public static readonly Op greater_Tensor = new("greater.Tensor");
    public static readonly Op greater_equal_Tensor = new("greater_equal.Tensor");
    public static readonly Op gt_Scalar = new("gt.Scalar");
    public static readonly Op gt_Tensor = new("gt.Tensor");
    public static readonly Op gt__Scalar = new("gt_.Scalar");
    public static readonly Op gt__Tensor = new("gt_.Tensor");
    public static readonly Op is_nonzero = new("is_nonzero");
    public static readonly Op isclose = new("isclose");
    public static readonly Op isfinite = new("isfinite");
    public static readonly Op isin_Tensor_Tensor = new("isin.Tensor_Tensor");
    public static readonly Op isinf = new("isinf");
    public static readonly Op isnan = new("isnan");
    public static readonly Op isneginf = new("isneginf");
    public static readonly Op isposinf = new("isposinf");
    public static readonly Op isreal = new("isreal");
    public static readonly Op le_Scalar = new("le.Scalar");
    public static readonly Op le_Tensor = new("le.Tensor");
    public static readonly Op le__Scalar = new("le_.Scalar");
    public static readonly Op le__Tensor = new("le_.Tensor");
    public static readonly Op less_Tensor = new("less.Tensor");
    public static readonly Op less_equal_Tensor = new("less_equal.Tensor");
    public static readonly Op less_equal__Tensor = new("less_equal_.Tensor");
    public static readonly Op lt_Scalar = new("lt.Scalar");
    public static readonly Op lt_Tensor = new("lt.Tensor");
    public static readonly Op lt__Scalar = new("lt_.Scalar");
    public static readonly Op lt__Tensor = new("lt_.Tensor");
    public static readonly Op maximum = new("maximum");
    public static readonly Op minimum = new("minimum");
    public static readonly Op ne_Scalar = new("ne.Scalar");
    public static readonly Op ne_Tensor = new("ne.Tensor");
    public static readonly Op ne__Scalar = new("ne_.Scalar");
    public static readonly Op ne__Tensor = new("ne_.Tensor");
    public static readonly Op not_equal_Tensor = new("not_equal.Tensor");
    public static readonly Op not_equal__Tensor = new("not_equal_.Tensor");
}

namespace TorchSharp.Interop;

/// <content>Operators: operators that LibTorch regards as its own.</content>
internal static partial class Aten
{
    public static readonly Op _foreach_add__List = new("_foreach_add_.List");
    public static readonly Op _foreach_addcdiv__Scalar = new("_foreach_addcdiv_.Scalar");
    public static readonly Op _foreach_addcmul__Scalar = new("_foreach_addcmul_.Scalar");
    public static readonly Op _foreach_mul__Scalar = new("_foreach_mul_.Scalar");
    public static readonly Op _foreach_norm_Scalar = new("_foreach_norm.Scalar");
    public static readonly Op _foreach_sqrt = new("_foreach_sqrt");
    public static readonly Op _fused_adam = new("_fused_adam");
    public static readonly Op _local_scalar_dense = new("_local_scalar_dense");
    public static readonly Op _sample_dirichlet = new("_sample_dirichlet");
    public static readonly Op _standard_gamma = new("_standard_gamma");
    public static readonly Op _to_copy = new("_to_copy");
    public static readonly Op _unique2 = new("_unique2");
}

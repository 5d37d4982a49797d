namespace TorchSharp.Interop;

/// <content>Operators: other dtypes, devices and layouts, and filling.</content>
internal static partial class Aten
{
    public static readonly Op conj = new("conj");
    public static readonly Op conj_physical = new("conj_physical");
    public static readonly Op conj_physical_ = new("conj_physical_");
    public static readonly Op copy_ = new("copy_");
    public static readonly Op dequantize_self = new("dequantize.self");
    public static readonly Op fill__Scalar = new("fill_.Scalar");
    public static readonly Op int_repr = new("int_repr");
    public static readonly Op is_conj = new("is_conj");
    public static readonly Op is_neg = new("is_neg");
    public static readonly Op is_pinned = new("is_pinned");
    public static readonly Op q_per_channel_scales = new("q_per_channel_scales");
    public static readonly Op q_per_channel_zero_points = new("q_per_channel_zero_points");
    public static readonly Op resolve_conj = new("resolve_conj");
    public static readonly Op resolve_neg = new("resolve_neg");
    public static readonly Op set__source_Tensor = new("set_.source_Tensor");
    public static readonly Op to_dense = new("to_dense");
    public static readonly Op to_device = new("to.device");
    public static readonly Op to_dtype = new("to.dtype");
    public static readonly Op to_other = new("to.other");
    public static readonly Op to_sparse = new("to_sparse");
    public static readonly Op to_sparse_sparse_dim = new("to_sparse.sparse_dim");
    public static readonly Op type_as = new("type_as");
    public static readonly Op zero_ = new("zero_");
}

namespace TorchSharp.Interop;

/// <content>Operators: selecting, gathering and scattering elements.</content>
internal static partial class Aten
{
    public static readonly Op argwhere = new("argwhere");
    public static readonly Op diagonal_scatter = new("diagonal_scatter");
    public static readonly Op gather = new("gather");
    public static readonly Op index_Tensor = new("index.Tensor");
    public static readonly Op index_add = new("index_add");
    public static readonly Op index_add_ = new("index_add_");
    public static readonly Op index_copy = new("index_copy");
    public static readonly Op index_copy_ = new("index_copy_");
    public static readonly Op index_fill__int_Scalar = new("index_fill_.int_Scalar");
    public static readonly Op index_fill_int_Scalar = new("index_fill.int_Scalar");
    public static readonly Op index_put_ = new("index_put_");
    public static readonly Op index_select = new("index_select");
    public static readonly Op masked_fill_Scalar = new("masked_fill.Scalar");
    public static readonly Op masked_fill__Scalar = new("masked_fill_.Scalar");
    public static readonly Op masked_scatter = new("masked_scatter");
    public static readonly Op masked_scatter_ = new("masked_scatter_");
    public static readonly Op masked_select = new("masked_select");
    public static readonly Op nonzero = new("nonzero");
    public static readonly Op scatter__src = new("scatter_.src");
    public static readonly Op scatter_add = new("scatter_add");
    public static readonly Op scatter_add_ = new("scatter_add_");
    public static readonly Op scatter_src = new("scatter.src");
    public static readonly Op select_int = new("select.int");
    public static readonly Op select_scatter = new("select_scatter");
    public static readonly Op slice_Tensor = new("slice.Tensor");
    public static readonly Op slice_scatter = new("slice_scatter");
    public static readonly Op take = new("take");
    public static readonly Op take_along_dim = new("take_along_dim");
    public static readonly Op tril = new("tril");
    public static readonly Op tril_ = new("tril_");
    public static readonly Op triu = new("triu");
    public static readonly Op triu_ = new("triu_");
    public static readonly Op where = new("where");
    public static readonly Op where_self = new("where.self");
}

namespace TorchSharp.Interop;

/// <content>Operators: one tensor into several.</content>
internal static partial class Aten
{
    public static readonly Op block_diag = new("block_diag");
    public static readonly Op chunk = new("chunk");
    public static readonly Op dsplit_array = new("dsplit.array");
    public static readonly Op dsplit_int = new("dsplit.int");
    public static readonly Op hsplit_array = new("hsplit.array");
    public static readonly Op hsplit_int = new("hsplit.int");
    public static readonly Op split_Tensor = new("split.Tensor");
    public static readonly Op tensor_split_indices = new("tensor_split.indices");
    public static readonly Op tensor_split_sections = new("tensor_split.sections");
    public static readonly Op tensor_split_tensor_indices_or_sections = new("tensor_split.tensor_indices_or_sections");
    public static readonly Op unbind_int = new("unbind.int");
    public static readonly Op vsplit_array = new("vsplit.array");
    public static readonly Op vsplit_int = new("vsplit.int");
}

namespace TorchSharp.Interop;

/// <content>Operators: order: sorting, the greatest elements, distinct values, bins.</content>
internal static partial class Aten
{
    public static readonly Op argsort = new("argsort");
    public static readonly Op bucketize_Tensor = new("bucketize.Tensor");
    public static readonly Op msort = new("msort");
    public static readonly Op searchsorted_Scalar = new("searchsorted.Scalar");
    public static readonly Op searchsorted_Tensor = new("searchsorted.Tensor");
    public static readonly Op sort_stable = new("sort.stable");
    public static readonly Op topk = new("topk");
    public static readonly Op unique_consecutive = new("unique_consecutive");
}

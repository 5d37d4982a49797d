using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Order: sorting, the greatest elements, distinct values, bins.</content>
    public partial class Tensor
    {
        public Tensor argsort(long dim = -1, bool descending = false) => Aten.argsort.One(this, dim, descending);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) => Aten.bucketize_Tensor.One(this, boundaries, outInt32, right);

        public Tensor msort() => Aten.msort.Unary(this);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Aten.sort_stable.Two(this, stable, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Aten.topk.Two(this, k, dim, largest, sorted);

        public (Tensor output, Tensor inverse_indices, Tensor counts) unique_consecutive(bool return_inverse = false, bool return_counts = false, int? dim = null) => Aten.unique_consecutive.Three(this, return_inverse, return_counts, dim);
    }
}

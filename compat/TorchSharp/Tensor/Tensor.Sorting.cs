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

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(bool return_inverse = false, bool return_counts = false, int? dim = null) =>
            Wanted(Aten.unique_consecutive.Three(this, return_inverse, return_counts, dim), return_inverse, return_counts);

        // What was not asked for comes back as a tensor without elements; callers get null.
        private static (Tensor Output, Tensor? Inverse, Tensor? Counts) Wanted((Tensor Output, Tensor Inverse, Tensor Counts) all, bool inverse, bool counts)
        {
            if (!inverse)
            {
                all.Inverse.Dispose();
            }

            if (!counts)
            {
                all.Counts.Dispose();
            }

            return (all.Output, inverse ? all.Inverse : null, counts ? all.Counts : null);
        }
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Shapes given in several ways, and transposed views.</content>
    public partial class Tensor
    {
        /// <summary>Rows and columns exchanged.</summary>
        public Tensor T => Aten.numpy_T.Unary(this);

        /// <summary>The last two dimensions exchanged.</summary>
        public Tensor mT => Aten.mT.Unary(this);

        /// <summary>Transposed and conjugated.</summary>
        public Tensor H => Aten.matrix_H.Unary(this);

        /// <summary>The last two dimensions exchanged, and conjugated.</summary>
        public Tensor mH => Aten.mH.Unary(this);

        public Tensor real => Aten.real.Unary(this);

        public Tensor imag => Aten.imag.Unary(this);

        /// <summary>Without dimensions of size 1: all of them, or the one named.</summary>
        public Tensor squeeze(long? dim = null) => dim is null ? Aten.squeeze.Unary(this) : Aten.squeeze_dim.One(this, dim);

        public Tensor squeeze_(long? dim = null) => dim is null ? Aten.squeeze_.InPlace(this) : Aten.squeeze__dim.InPlace(this, dim);

        public Tensor expand(Size sizes, bool isImplicit = false) => expand(sizes.Shape, isImplicit);

        public Tensor unflatten(long dim, Size sizes) => unflatten(dim, sizes.Shape);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor roll(long shifts, long? dims = null) => dims is long dim ? roll([shifts], [dim]) : roll([shifts]);

        public Tensor roll((long, long) shifts, (long, long) dims) => roll([shifts.Item1, shifts.Item2], [dims.Item1, dims.Item2]);

        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => roll([shifts.Item1, shifts.Item2, shifts.Item3], [dims.Item1, dims.Item2, dims.Item3]);

        /// <summary>Turned by 90 degrees k times in the plane of two dimensions, the first two unless given.</summary>
        public Tensor rot90(long k = 1, (long, long)? dims = null) => Aten.rot90.One(this, k, dims is var (first, second) ? new[] { first, second } : new[] { 0L, 1L });

        public Tensor[] dsplit((long, long) indices_or_sections) => dsplit(indices_or_sections.Item1, indices_or_sections.Item2);

        public Tensor[] dsplit((long, long, long) indices_or_sections) => dsplit(indices_or_sections.Item1, indices_or_sections.Item2, indices_or_sections.Item3);

        public Tensor[] dsplit((long, long, long, long) indices_or_sections) =>
            dsplit(indices_or_sections.Item1, indices_or_sections.Item2, indices_or_sections.Item3, indices_or_sections.Item4);

        public Tensor[] dsplit(Tensor indices) => tensor_split(indices, 2);

        public Tensor[] hsplit(Tensor indices) => tensor_split(indices, dim() == 1 ? 0 : 1);

        public Tensor[] vsplit(Tensor indices) => tensor_split(indices);

        public Tensor tensordot(Tensor b, long dims = 2)
        {
            var axes = Enumerable.Range(0, (int)dims).Select(i => (long)i).ToArray();
            return tensordot(b, Array.ConvertAll(axes, i => i - dims), axes);
        }

        public Tensor tensordot(Tensor b, (long, long)[] dims) => tensordot(b, Array.ConvertAll(dims, pair => pair.Item1), Array.ConvertAll(dims, pair => pair.Item2));
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Selecting, gathering and scattering elements.</content>
    public partial class Tensor
    {
        public Tensor argwhere() => Aten.argwhere.Unary(this);

        public Tensor diagonal_scatter(Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) => Aten.diagonal_scatter.One(this, src, offset, dim1, dim2);

        public Tensor gather(long dim, Tensor index) => Aten.gather.One(this, dim, index);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Aten.index_add.One(this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Aten.index_add_.InPlace(this, dim, index, source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Aten.index_copy.One(this, dim, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Aten.index_copy_.InPlace(this, dim, index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) => Aten.index_fill_int_Scalar.One(this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Aten.index_fill__int_Scalar.InPlace(this, dim, index, value);

        public Tensor index_select(long dim, Tensor index) => Aten.index_select.One(this, dim, index);

        public Tensor masked_fill(Tensor mask, Scalar value) => Aten.masked_fill_Scalar.One(this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Aten.masked_fill__Scalar.InPlace(this, mask, value);

        public Tensor masked_scatter(Tensor mask, Tensor value) => Aten.masked_scatter.One(this, mask, value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => Aten.masked_scatter_.InPlace(this, mask, value);

        public Tensor masked_select(Tensor mask) => Aten.masked_select.Binary(this, mask);

        public Tensor nonzero() => Aten.nonzero.Unary(this);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Aten.scatter_src.One(this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Aten.scatter__src.InPlace(this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Aten.scatter_add.One(this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Aten.scatter_add_.InPlace(this, dim, index, src);

        public Tensor select(long dim, long index) => Aten.select_int.One(this, dim, index);

        public Tensor select_scatter(Tensor src, long dim, long index) => Aten.select_scatter.One(this, src, dim, index);

        public Tensor slice(long dim, long start, long finish, long step) => Aten.slice_Tensor.One(this, dim, start, finish, step);

        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) => Aten.slice_scatter.One(this, src, dim, start, end, step);

        public Tensor take(Tensor index) => Aten.take.Binary(this, index);

        public Tensor take_along_dim(Tensor indices) => Aten.take_along_dim.Binary(this, indices);
        public Tensor take_along_dim(Tensor indices, long dim) => Aten.take_along_dim.One(this, indices, dim);

        public Tensor tril(long diagonal = 0) => Aten.tril.One(this, diagonal);
        public Tensor tril_(long diagonal = 0) => Aten.tril_.InPlace(this, diagonal);

        public Tensor triu(long diagonal = 0) => Aten.triu.One(this, diagonal);
        public Tensor triu_(long diagonal = 0) => Aten.triu_.InPlace(this, diagonal);
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Other dtypes, devices and layouts, and filling.</content>
    public partial class Tensor
    {
        public Tensor conj() => Aten.conj.Unary(this);

        public Tensor conj_physical() => Aten.conj_physical.Unary(this);
        public Tensor conj_physical_() => Aten.conj_physical_.InPlace(this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Aten.copy_.InPlace(this, source, nonBlocking);

        public Tensor dequantize() => Aten.dequantize_self.Unary(this);

        public Tensor fill_(Scalar value) => Aten.fill__Scalar.InPlace(this, value);

        public Tensor int_repr() => Aten.int_repr.Unary(this);

        public Tensor q_per_channel_scales() => Aten.q_per_channel_scales.Unary(this);

        public Tensor q_per_channel_zero_points() => Aten.q_per_channel_zero_points.Unary(this);

        public Tensor resolve_conj() => Aten.resolve_conj.Unary(this);

        public Tensor resolve_neg() => Aten.resolve_neg.Unary(this);

        public Tensor to(Tensor other, bool non_blocking = false) => Aten.to_other.One(this, other, non_blocking);

        public Tensor to_dense() => Aten.to_dense.Unary(this);

        public Tensor to_sparse() => Aten.to_sparse.Unary(this);
        public Tensor to_sparse(int sparse_dim) => Aten.to_sparse_sparse_dim.One(this, sparse_dim);

        public Tensor type_as(Tensor tensor) => Aten.type_as.Binary(this, tensor);

        public Tensor zero_() => Aten.zero_.InPlace(this);
    }
}

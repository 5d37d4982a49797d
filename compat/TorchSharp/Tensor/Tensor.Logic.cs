using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Truth values and bits.</content>
    public partial class Tensor
    {
        public Tensor all() => Aten.all.Unary(this);
        public Tensor all(long dim, bool keepdim = false) => Aten.all_dim.One(this, dim, keepdim);

        public Tensor any() => Aten.any.Unary(this);
        public Tensor any(long dim, bool keepdim = false) => Aten.any_dim.One(this, dim, keepdim);

        public Tensor bitwise_and(Tensor other) => Aten.bitwise_and_Tensor.Binary(this, other);
        public Tensor bitwise_and_(Tensor other) => Aten.bitwise_and__Tensor.InPlace(this, other);

        public Tensor bitwise_left_shift(Tensor other) => Aten.bitwise_left_shift_Tensor.Binary(this, other);
        public Tensor bitwise_left_shift_(Tensor other) => Aten.bitwise_left_shift__Tensor.InPlace(this, other);

        public Tensor bitwise_not() => Aten.bitwise_not.Unary(this);
        public Tensor bitwise_not_() => Aten.bitwise_not_.InPlace(this);

        public Tensor bitwise_or(Tensor other) => Aten.bitwise_or_Tensor.Binary(this, other);
        public Tensor bitwise_or_(Tensor other) => Aten.bitwise_or__Tensor.InPlace(this, other);

        public Tensor bitwise_right_shift(Tensor other) => Aten.bitwise_right_shift_Tensor.Binary(this, other);
        public Tensor bitwise_right_shift_(Tensor other) => Aten.bitwise_right_shift__Tensor.InPlace(this, other);

        public Tensor bitwise_xor(Tensor other) => Aten.bitwise_xor_Tensor.Binary(this, other);
        public Tensor bitwise_xor_(Tensor other) => Aten.bitwise_xor__Tensor.InPlace(this, other);

        public Tensor logical_and(Tensor other) => Aten.logical_and.Binary(this, other);
        public Tensor logical_and_(Tensor other) => Aten.logical_and_.InPlace(this, other);

        public Tensor logical_not() => Aten.logical_not.Unary(this);
        public Tensor logical_not_() => Aten.logical_not_.InPlace(this);

        public Tensor logical_or(Tensor other) => Aten.logical_or.Binary(this, other);
        public Tensor logical_or_(Tensor other) => Aten.logical_or_.InPlace(this, other);

        public Tensor logical_xor(Tensor other) => Aten.logical_xor.Binary(this, other);
        public Tensor logical_xor_(Tensor other) => Aten.logical_xor_.InPlace(this, other);
    }
}

using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Rounding, signs and other element-wise functions.</content>
    public partial class Tensor
    {
        public Tensor ceil() => Aten.ceil.Unary(this);
        public Tensor ceil_() => Aten.ceil_.InPlace(this);

        public Tensor copysign(Tensor other) => Aten.copysign_Tensor.Binary(this, other);
        public Tensor copysign_(Tensor other) => Aten.copysign__Tensor.InPlace(this, other);

        public Tensor fix() => Aten.fix.Unary(this);
        public Tensor fix_() => Aten.fix_.InPlace(this);

        public Tensor floor() => Aten.floor.Unary(this);
        public Tensor floor_() => Aten.floor_.InPlace(this);

        public Tensor frac() => Aten.frac.Unary(this);
        public Tensor frac_() => Aten.frac_.InPlace(this);

        public Tensor heaviside(Tensor other) => Aten.heaviside.Binary(this, other);
        public Tensor heaviside_(Tensor other) => Aten.heaviside_.InPlace(this, other);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) => Aten.nan_to_num.One(this, nan, posinf, neginf);
        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) => Aten.nan_to_num_.InPlace(this, nan, posinf, neginf);

        public Tensor nextafter(Tensor other) => Aten.nextafter.Binary(this, other);
        public Tensor nextafter_(Tensor other) => Aten.nextafter_.InPlace(this, other);

        public Tensor pin_memory() => Aten.pin_memory.Unary(this);

        public Tensor sgn() => Aten.sgn.Unary(this);
        public Tensor sgn_() => Aten.sgn_.InPlace(this);

        public Tensor sign() => Aten.sign.Unary(this);
        public Tensor sign_() => Aten.sign_.InPlace(this);

        public Tensor signbit() => Aten.signbit.Unary(this);

        public Tensor trunc() => Aten.trunc.Unary(this);
        public Tensor trunc_() => Aten.trunc_.InPlace(this);
    }
}

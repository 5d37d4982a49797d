using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Trigonometric and hyperbolic functions, and angles.</content>
    public partial class Tensor
    {
        public Tensor acos() => Aten.acos.Unary(this);
        public Tensor acos_() => Aten.acos_.InPlace(this);

        public Tensor acosh() => Aten.acosh.Unary(this);
        public Tensor acosh_() => Aten.acosh_.InPlace(this);

        public Tensor angle() => Aten.angle.Unary(this);

        public Tensor arccos() => Aten.arccos.Unary(this);
        public Tensor arccos_() => Aten.arccos_.InPlace(this);

        public Tensor arccosh() => Aten.arccosh.Unary(this);
        public Tensor arccosh_() => Aten.arccosh_.InPlace(this);

        public Tensor arcsin() => Aten.arcsin.Unary(this);
        public Tensor arcsin_() => Aten.arcsin_.InPlace(this);

        public Tensor arcsinh() => Aten.arcsinh.Unary(this);
        public Tensor arcsinh_() => Aten.arcsinh_.InPlace(this);

        public Tensor arctan() => Aten.arctan.Unary(this);
        public Tensor arctan_() => Aten.arctan_.InPlace(this);

        public Tensor arctan2(Tensor other) => Aten.arctan2.Binary(this, other);
        public Tensor arctan2_(Tensor other) => Aten.arctan2_.InPlace(this, other);

        public Tensor arctanh() => Aten.arctanh.Unary(this);
        public Tensor arctanh_() => Aten.arctanh_.InPlace(this);

        public Tensor asin() => Aten.asin.Unary(this);
        public Tensor asin_() => Aten.asin_.InPlace(this);

        public Tensor asinh() => Aten.asinh.Unary(this);
        public Tensor asinh_() => Aten.asinh_.InPlace(this);

        public Tensor atan() => Aten.atan.Unary(this);
        public Tensor atan_() => Aten.atan_.InPlace(this);

        public Tensor atan2(Tensor other) => Aten.atan2.Binary(this, other);
        public Tensor atan2_(Tensor other) => Aten.atan2_.InPlace(this, other);

        public Tensor atanh() => Aten.atanh.Unary(this);
        public Tensor atanh_() => Aten.atanh_.InPlace(this);

        public Tensor cos() => Aten.cos.Unary(this);
        public Tensor cos_() => Aten.cos_.InPlace(this);

        public Tensor cosh() => Aten.cosh.Unary(this);
        public Tensor cosh_() => Aten.cosh_.InPlace(this);

        public Tensor deg2rad() => Aten.deg2rad.Unary(this);
        public Tensor deg2rad_() => Aten.deg2rad_.InPlace(this);

        public Tensor hypot(Tensor other) => Aten.hypot.Binary(this, other);

        public Tensor rad2deg() => Aten.rad2deg.Unary(this);
        public Tensor rad2deg_() => Aten.rad2deg_.InPlace(this);

        public Tensor sin() => Aten.sin.Unary(this);
        public Tensor sin_() => Aten.sin_.InPlace(this);

        public Tensor sinc() => Aten.sinc.Unary(this);
        public Tensor sinc_() => Aten.sinc_.InPlace(this);

        public Tensor sinh() => Aten.sinh.Unary(this);
        public Tensor sinh_() => Aten.sinh_.InPlace(this);

        public Tensor tan() => Aten.tan.Unary(this);
        public Tensor tan_() => Aten.tan_.InPlace(this);

        public Tensor tanh() => Aten.tanh.Unary(this);
        public Tensor tanh_() => Aten.tanh_.InPlace(this);
    }
}

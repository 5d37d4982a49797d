using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Powers, exponentials, logarithms and special functions.</content>
    public partial class Tensor
    {
        public Tensor digamma() => Aten.digamma.Unary(this);
        public Tensor digamma_() => Aten.digamma_.InPlace(this);

        public Tensor erf() => Aten.erf.Unary(this);
        public Tensor erf_() => Aten.erf_.InPlace(this);

        public Tensor erfc() => Aten.erfc.Unary(this);
        public Tensor erfc_() => Aten.erfc_.InPlace(this);

        public Tensor erfinv() => Aten.erfinv.Unary(this);
        public Tensor erfinv_() => Aten.erfinv_.InPlace(this);

        public Tensor exp() => Aten.exp.Unary(this);
        public Tensor exp_() => Aten.exp_.InPlace(this);

        public Tensor exp2() => Aten.exp2.Unary(this);
        public Tensor exp2_() => Aten.exp2_.InPlace(this);

        public Tensor expm1() => Aten.expm1.Unary(this);
        public Tensor expm1_() => Aten.expm1_.InPlace(this);

        public Tensor float_power(Tensor target) => Aten.float_power_Tensor_Tensor.Binary(this, target);
        public Tensor float_power_(Tensor target) => Aten.float_power__Tensor.InPlace(this, target);

        public (Tensor Mantissa, Tensor Exponent) frexp() => Aten.frexp_Tensor.Two(this);

        public Tensor i0() => Aten.i0.Unary(this);
        public Tensor i0_() => Aten.i0_.InPlace(this);

        public Tensor igamma(Tensor other) => Aten.igamma.Binary(this, other);

        public Tensor igammac(Tensor other) => Aten.igammac.Binary(this, other);

        public Tensor ldexp(Tensor other) => Aten.ldexp_Tensor.Binary(this, other);
        public Tensor ldexp_(Tensor other) => Aten.ldexp_.InPlace(this, other);

        public Tensor lgamma() => Aten.lgamma.Unary(this);
        public Tensor lgamma_() => Aten.lgamma_.InPlace(this);

        public Tensor log() => Aten.log.Unary(this);
        public Tensor log_() => Aten.log_.InPlace(this);

        public Tensor log10() => Aten.log10.Unary(this);
        public Tensor log10_() => Aten.log10_.InPlace(this);

        public Tensor log1p() => Aten.log1p.Unary(this);
        public Tensor log1p_() => Aten.log1p_.InPlace(this);

        public Tensor log2() => Aten.log2.Unary(this);
        public Tensor log2_() => Aten.log2_.InPlace(this);

        public Tensor logaddexp(Tensor other) => Aten.logaddexp.Binary(this, other);

        public Tensor logaddexp2(Tensor other) => Aten.logaddexp2.Binary(this, other);

        public Tensor logcumsumexp(long dim) => Aten.logcumsumexp.One(this, dim);

        public Tensor logit(double? eps = null) => Aten.logit.One(this, eps);
        public Tensor logit_(double? eps = null) => Aten.logit_.InPlace(this, eps);

        public Tensor mvlgamma(long p) => Aten.mvlgamma.One(this, p);
        public Tensor mvlgamma_(long p) => Aten.mvlgamma_.InPlace(this, p);

        public Tensor polygamma_(long p) => Aten.polygamma_.InPlace(this, p);

        public Tensor pow(Scalar exponent) => Aten.pow_Tensor_Scalar.One(this, exponent);
        public Tensor pow(Tensor exponent) => Aten.pow_Tensor_Tensor.Binary(this, exponent);
        public Tensor pow_(Scalar exponent) => Aten.pow__Scalar.InPlace(this, exponent);
        public Tensor pow_(Tensor exponent) => Aten.pow__Tensor.InPlace(this, exponent);

        public Tensor rsqrt() => Aten.rsqrt.Unary(this);
        public Tensor rsqrt_() => Aten.rsqrt_.InPlace(this);

        public Tensor sigmoid() => Aten.sigmoid.Unary(this);
        public Tensor sigmoid_() => Aten.sigmoid_.InPlace(this);

        public Tensor sqrt() => Aten.sqrt.Unary(this);
        public Tensor sqrt_() => Aten.sqrt_.InPlace(this);

        public Tensor square() => Aten.square.Unary(this);

        public Tensor xlogy(Scalar y) => Aten.xlogy_Scalar_Other.One(this, y);
        public Tensor xlogy(Tensor y) => Aten.xlogy_Tensor.Binary(this, y);
        public Tensor xlogy_(Scalar y) => Aten.xlogy__Scalar_Other.InPlace(this, y);
        public Tensor xlogy_(Tensor y) => Aten.xlogy__Tensor.InPlace(this, y);
    }
}

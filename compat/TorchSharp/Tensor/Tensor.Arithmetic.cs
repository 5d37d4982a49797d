using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Arithmetic, element by element, with broadcasting.</content>
    public partial class Tensor
    {
        public Tensor abs() => Aten.abs.Unary(this);
        public Tensor abs_() => Aten.abs_.InPlace(this);

        public Tensor absolute() => Aten.absolute.Unary(this);
        public Tensor absolute_() => Aten.absolute_.InPlace(this);

        public Tensor add(Scalar scalar) => Aten.add_Scalar.One(this, scalar);
        public Tensor add(Tensor target) => Aten.add_Tensor.Binary(this, target);
        public Tensor add(Scalar scalar, Scalar alpha) => Aten.add_Scalar.One(this, scalar, alpha);
        public Tensor add(Tensor target, Scalar alpha) => Aten.add_Tensor.One(this, target, alpha);
        public Tensor add_(Scalar scalar) => Aten.add__Scalar.InPlace(this, scalar);
        public Tensor add_(Tensor target) => Aten.add__Tensor.InPlace(this, target);
        public Tensor add_(Scalar scalar, Scalar alpha) => Aten.add__Scalar.InPlace(this, scalar, alpha);
        public Tensor add_(Tensor target, Scalar alpha) => Aten.add__Tensor.InPlace(this, target, alpha);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Aten.addcdiv.One(this, tensor1, tensor2);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcdiv.One(this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Aten.addcdiv_.InPlace(this, tensor1, tensor2);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcdiv_.InPlace(this, tensor1, tensor2, value);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcmul.One(this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.addcmul_.InPlace(this, tensor1, tensor2, value);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.clamp.One(this, min, max);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Aten.clamp_Tensor.One(this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Aten.clamp_.InPlace(this, min, max);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Aten.clamp__Tensor.InPlace(this, min, max);

        public Tensor clamp_max(Scalar max) => Aten.clamp_max.One(this, max);
        public Tensor clamp_max_(Scalar max) => Aten.clamp_max_.InPlace(this, max);

        public Tensor clamp_min(Scalar min) => Aten.clamp_min.One(this, min);
        public Tensor clamp_min_(Scalar min) => Aten.clamp_min_.InPlace(this, min);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => Aten.clip.One(this, min, max);

        public Tensor floor_divide(Scalar other) => Aten.floor_divide_Scalar.One(this, other);
        public Tensor floor_divide(Tensor other) => Aten.floor_divide.Binary(this, other);
        public Tensor floor_divide_(Scalar other) => Aten.floor_divide__Scalar.InPlace(this, other);
        public Tensor floor_divide_(Tensor other) => Aten.floor_divide__Tensor.InPlace(this, other);

        public Tensor fmod(Scalar scalar) => Aten.fmod_Scalar.One(this, scalar);
        public Tensor fmod(Tensor target) => Aten.fmod_Tensor.Binary(this, target);
        public Tensor fmod_(Scalar scalar) => Aten.fmod__Scalar.InPlace(this, scalar);
        public Tensor fmod_(Tensor target) => Aten.fmod__Tensor.InPlace(this, target);

        public Tensor gcd(Tensor other) => Aten.gcd.Binary(this, other);
        public Tensor gcd_(Tensor other) => Aten.gcd_.InPlace(this, other);

        public Tensor lcm(Tensor other) => Aten.lcm.Binary(this, other);
        public Tensor lcm_(Tensor other) => Aten.lcm_.InPlace(this, other);

        public Tensor lerp(Tensor end, Tensor weight) => Aten.lerp_Tensor.One(this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => Aten.lerp__Tensor.InPlace(this, end, weight);

        public Tensor mul(Scalar target) => Aten.mul_Scalar.One(this, target);
        public Tensor mul(Tensor target) => Aten.mul_Tensor.Binary(this, target);
        public Tensor mul_(Scalar target) => Aten.mul__Scalar.InPlace(this, target);
        public Tensor mul_(Tensor target) => Aten.mul__Tensor.InPlace(this, target);

        public Tensor multiply(Scalar target) => Aten.multiply_Scalar.One(this, target);
        public Tensor multiply(Tensor target) => Aten.multiply_Tensor.Binary(this, target);

        public Tensor neg() => Aten.neg.Unary(this);
        public Tensor neg_() => Aten.neg_.InPlace(this);

        public Tensor negative() => Aten.negative.Unary(this);

        public Tensor positive() => Aten.positive.Unary(this);

        public Tensor reciprocal() => Aten.reciprocal.Unary(this);
        public Tensor reciprocal_() => Aten.reciprocal_.InPlace(this);

        public Tensor remainder(Scalar scalar) => Aten.remainder_Scalar.One(this, scalar);
        public Tensor remainder(Tensor target) => Aten.remainder_Tensor.Binary(this, target);
        public Tensor remainder_(Scalar scalar) => Aten.remainder__Scalar.InPlace(this, scalar);
        public Tensor remainder_(Tensor target) => Aten.remainder__Tensor.InPlace(this, target);

        public Tensor sub(Scalar target) => Aten.sub_Scalar.One(this, target);
        public Tensor sub(Tensor target) => Aten.sub_Tensor.Binary(this, target);
        public Tensor sub_(Scalar target) => Aten.sub__Scalar.InPlace(this, target);
        public Tensor sub_(Tensor target) => Aten.sub__Tensor.InPlace(this, target);

        public Tensor subtract(Scalar target) => Aten.subtract_Scalar.One(this, target);
        public Tensor subtract(Tensor target) => Aten.subtract_Tensor.Binary(this, target);
        public Tensor subtract_(Scalar target) => Aten.subtract__Scalar.InPlace(this, target);
        public Tensor subtract_(Tensor target) => Aten.subtract__Tensor.InPlace(this, target);

        public Tensor true_divide(Scalar other) => Aten.true_divide_Scalar.One(this, other);
        public Tensor true_divide(Tensor other) => Aten.true_divide_Tensor.Binary(this, other);
        public Tensor true_divide_(Scalar other) => Aten.true_divide__Scalar.InPlace(this, other);
        public Tensor true_divide_(Tensor other) => Aten.true_divide__Tensor.InPlace(this, other);
    }
}

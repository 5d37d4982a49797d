using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Comparisons, element by element or of whole tensors.</content>
    public partial class Tensor
    {
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Aten.allclose.Boolean(this, target, rtol, atol, equal_nan);

        public Tensor eq(Scalar target) => Aten.eq_Scalar.One(this, target);
        public Tensor eq(Tensor target) => Aten.eq_Tensor.Binary(this, target);
        public Tensor eq_(Scalar target) => Aten.eq__Scalar.InPlace(this, target);
        public Tensor eq_(Tensor target) => Aten.eq__Tensor.InPlace(this, target);

        public Tensor fmax(Tensor other) => Aten.fmax.Binary(this, other);

        public Tensor fmin(Tensor other) => Aten.fmin.Binary(this, other);

        public Tensor ge(Scalar target) => Aten.ge_Scalar.One(this, target);
        public Tensor ge(Tensor target) => Aten.ge_Tensor.Binary(this, target);
        public Tensor ge_(Scalar target) => Aten.ge__Scalar.InPlace(this, target);
        public Tensor ge_(Tensor target) => Aten.ge__Tensor.InPlace(this, target);

        public Tensor greater(Tensor target) => Aten.greater_Tensor.Binary(this, target);

        public Tensor greater_equal(Tensor target) => Aten.greater_equal_Tensor.Binary(this, target);

        public Tensor gt(Scalar target) => Aten.gt_Scalar.One(this, target);
        public Tensor gt(Tensor target) => Aten.gt_Tensor.Binary(this, target);
        public Tensor gt_(Scalar target) => Aten.gt__Scalar.InPlace(this, target);
        public Tensor gt_(Tensor target) => Aten.gt__Tensor.InPlace(this, target);

        public bool is_nonzero() => Aten.is_nonzero.Boolean(this);

        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => Aten.isclose.One(this, other, rtol, atol, nanEqual);

        public Tensor isfinite() => Aten.isfinite.Unary(this);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) => Aten.isin_Tensor_Tensor.One(this, test_elements, assumeUnique, invert);

        public Tensor isinf() => Aten.isinf.Unary(this);

        public Tensor isnan() => Aten.isnan.Unary(this);

        public Tensor isneginf() => Aten.isneginf.Unary(this);

        public Tensor isposinf() => Aten.isposinf.Unary(this);

        public Tensor isreal() => Aten.isreal.Unary(this);

        public Tensor le(Scalar target) => Aten.le_Scalar.One(this, target);
        public Tensor le(Tensor target) => Aten.le_Tensor.Binary(this, target);
        public Tensor le_(Scalar target) => Aten.le__Scalar.InPlace(this, target);
        public Tensor le_(Tensor target) => Aten.le__Tensor.InPlace(this, target);

        public Tensor less(Tensor target) => Aten.less_Tensor.Binary(this, target);

        public Tensor less_equal(Tensor target) => Aten.less_equal_Tensor.Binary(this, target);
        public Tensor less_equal_(Tensor target) => Aten.less_equal__Tensor.InPlace(this, target);

        public Tensor lt(Scalar target) => Aten.lt_Scalar.One(this, target);
        public Tensor lt(Tensor target) => Aten.lt_Tensor.Binary(this, target);
        public Tensor lt_(Scalar target) => Aten.lt__Scalar.InPlace(this, target);
        public Tensor lt_(Tensor target) => Aten.lt__Tensor.InPlace(this, target);

        public Tensor maximum(Tensor other) => Aten.maximum.Binary(this, other);

        public Tensor minimum(Tensor other) => Aten.minimum.Binary(this, other);

        public Tensor ne(Scalar target) => Aten.ne_Scalar.One(this, target);
        public Tensor ne(Tensor target) => Aten.ne_Tensor.Binary(this, target);
        public Tensor ne_(Scalar target) => Aten.ne__Scalar.InPlace(this, target);
        public Tensor ne_(Tensor target) => Aten.ne__Tensor.InPlace(this, target);

        public Tensor not_equal(Tensor target) => Aten.not_equal_Tensor.Binary(this, target);
        public Tensor not_equal_(Tensor target) => Aten.not_equal__Tensor.InPlace(this, target);
    }
}

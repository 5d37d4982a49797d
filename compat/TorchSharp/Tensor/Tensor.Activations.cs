using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Activation functions.</content>
    public partial class Tensor
    {
        public Tensor celu() => Aten.celu.Unary(this);
        public Tensor celu(Scalar alpha) => Aten.celu.One(this, alpha);
        public Tensor celu_() => Aten.celu_.InPlace(this);
        public Tensor celu_(Scalar alpha) => Aten.celu_.InPlace(this, alpha);

        public Tensor elu(double alpha = 1) => Aten.elu.One(this, alpha);
        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) => Aten.elu.One(this, alpha, scale, input_scale);
        public Tensor elu_(double alpha = 1) => Aten.elu_.InPlace(this, alpha);
        public Tensor elu_(Scalar alpha, Scalar scale, Scalar input_scale) => Aten.elu_.InPlace(this, alpha, scale, input_scale);

        public Tensor gelu() => Aten.gelu.Unary(this);
        public Tensor gelu_() => Aten.gelu_.InPlace(this);

        public Tensor glu(long dim = -1) => Aten.glu.One(this, dim);

        public Tensor hardsigmoid() => Aten.hardsigmoid.Unary(this);
        public Tensor hardsigmoid_() => Aten.hardsigmoid_.InPlace(this);

        public Tensor hardswish() => Aten.hardswish.Unary(this);
        public Tensor hardswish_() => Aten.hardswish_.InPlace(this);

        public Tensor hardtanh(Scalar min, Scalar max) => Aten.hardtanh.One(this, min, max);
        public Tensor hardtanh_(Scalar min, Scalar max) => Aten.hardtanh_.InPlace(this, min, max);

        public Tensor leaky_relu(Scalar negative_slope) => Aten.leaky_relu.One(this, negative_slope);
        public Tensor leaky_relu_(Scalar negative_slope) => Aten.leaky_relu_.InPlace(this, negative_slope);

        public Tensor log_sigmoid() => Aten.log_sigmoid.Unary(this);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.log_softmax_int.One(this, dim, dtype);

        public Tensor prelu(Tensor target) => Aten.prelu.Binary(this, target);

        public Tensor relu() => Aten.relu.Unary(this);
        public Tensor relu_() => Aten.relu_.InPlace(this);

        public Tensor relu6() => Aten.relu6.Unary(this);
        public Tensor relu6_() => Aten.relu6_.InPlace(this);

        public Tensor selu() => Aten.selu.Unary(this);
        public Tensor selu_() => Aten.selu_.InPlace(this);

        public Tensor silu() => Aten.silu.Unary(this);
        public Tensor silu_() => Aten.silu_.InPlace(this);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.softmax_int.One(this, dim, dtype);

        public Tensor softplus(double beta = 1, double threshold = 20) => Aten.softplus.One(this, beta, threshold);

        public Tensor threshold(Scalar threshold, Scalar value) => Aten.threshold.One(this, threshold, value);
        public Tensor threshold_(Scalar threshold, Scalar value) => Aten.threshold_.InPlace(this, threshold, value);
    }
}

using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Stateless operations; unless said otherwise the result has the shape and dtype of the input.</summary>
        public static partial class functional
        {
            public static Tensor relu(Tensor x, bool inplace = false) => Unary(Ops.Relu, Ops.ReluInPlace, x, inplace);

            public static Tensor relu6(Tensor x, bool inplace = false) => hardtanh(x, 0, 6, inplace);

            /// <summary>x Φ(x), exact.</summary>
            public static Tensor gelu(Tensor x) => Ops.Gelu.One(x);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            /// <summary>x Φ(x), exact or with the tanh approximation.</summary>
            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false)
                => Settle(x, Ops.Gelu.One(x, approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none"), inplace);

            /// <summary>x σ(x).</summary>
            public static Tensor silu(Tensor x, bool inplace = false) => Unary(Ops.Silu, Ops.SiluInPlace, x, inplace);

            public static Tensor sigmoid(Tensor x) => Ops.Sigmoid.One(x);

            public static Tensor sigmoid(Tensor x, bool inplace) => Unary(Ops.Sigmoid, Ops.SigmoidInPlace, x, inplace);

            public static Tensor tanh(Tensor x, bool inplace = false) => Unary(Ops.Tanh, Ops.TanhInPlace, x, inplace);

            /// <summary>log σ(x), without overflow.</summary>
            public static Tensor logsigmoid(Tensor x) => Ops.LogSigmoid.One(x);

            /// <summary>log(1 + exp(βx)) / β; linear where βx exceeds the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Ops.Softplus.One(x, beta, threshold);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false)
                => Settle(input, Ops.LeakyRelu.One(input, negative_slope), inplace);

            public static Tensor prelu(Tensor input, Tensor weight) => Ops.Prelu.One(input, weight);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => Settle(x, Ops.Elu.One(x, alpha), inplace);

            public static Tensor celu(Tensor x, double alpha, bool inplace = false) => Settle(x, Ops.Celu.One(x, alpha), inplace);

            public static Tensor selu(Tensor x, bool inplace = false) => Settle(x, Ops.Selu.One(x), inplace);

            public static Tensor mish(Tensor x, bool inplace = false) => Settle(x, Ops.Mish.One(x), inplace);

            /// <summary>Splits a dimension in halves a and b and gives a σ(b).</summary>
            public static Tensor glu(Tensor input, long dim = -1) => Ops.Glu.One(input, dim);

            public static Tensor hardtanh(Tensor x, double min_val = -1, double max_val = 1, bool inplace = false)
                => Settle(x, Ops.Hardtanh.One(x, min_val, max_val), inplace);

            public static Tensor hardsigmoid(Tensor input, bool inplace = false) => Settle(input, Ops.Hardsigmoid.One(input), inplace);

            public static Tensor hardswish(Tensor input, bool inplace = false) => Settle(input, Ops.Hardswish.One(input), inplace);

            public static Tensor hardshrink(Tensor x, double lambda = 0.5) => Ops.Hardshrink.One(x, lambda);

            public static Tensor softshrink(Tensor x, double lambda = 0.5) => Ops.Softshrink.One(x, lambda);

            /// <summary>x / (1 + |x|).</summary>
            public static Tensor softsign(Tensor x, bool inplace = false)
            {
                using Tensor magnitude = x.abs();
                using Tensor denominator = magnitude.add(1);
                return Settle(x, x.div(denominator), inplace);
            }

            /// <summary>x - tanh(x).</summary>
            public static Tensor tanhshrink(Tensor x, bool inplace = false)
            {
                using Tensor shrunk = tanh(x);
                return Settle(x, x.sub(shrunk), inplace);
            }

            /// <summary>x where it exceeds the threshold, otherwise the value.</summary>
            public static Tensor threshold(Tensor x, double threshold, double value, bool inplace = false)
                => Settle(x, Ops.Threshold.One(x, threshold, value), inplace);

            /// <summary>Softmax over a dimension; the input is converted to <paramref name="dtype"/> first.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Ops.Softmax.One(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => Ops.LogSoftmax.One(x, dim);

            public static Tensor softmin(Tensor x, long dim)
            {
                using Tensor negative = x.neg();
                return softmax(negative, dim);
            }

            private static Tensor Unary(Op op, Op inPlaceOp, Tensor x, bool inplace)
            {
                if (!inplace)
                {
                    return op.One(x);
                }

                inPlaceOp.InPlace(x);
                return x;
            }

            // An operator without an in-place form of its own: its result moves into the input.
            private static Tensor Settle(Tensor x, Tensor result, bool inplace)
            {
                if (!inplace)
                {
                    return result;
                }

                using (result)
                {
                    x.copy_(result);
                }

                return x;
            }
        }
    }
}

using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>x Wᵀ + b with x (*, in), W (out, in), b (out); gives (*, out).</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Ops.Linear.One(input, weights, bias);

            /// <summary>Normalises over the last dimensions, whose sizes are given, with the biased variance.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05)
                => Ops.LayerNorm.One(input, normalized_shape, weight, bias, eps);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05)
                => Ops.GroupNorm.One(input, num_groups, weight, bias, eps);

            /// <summary>Zeroes elements with probability p and divides the others by 1 - p, while training.</summary>
            /// <exception cref="ArgumentOutOfRangeException">p is not within [0, 1].</exception>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (p is not (>= 0 and <= 1))
                {
                    throw new ArgumentOutOfRangeException(nameof(p), p, "A dropout probability lies within [0, 1].");
                }

                if (!inplace)
                {
                    return Ops.Dropout.One(input, p, training);
                }

                Ops.DropoutInPlace.InPlace(input, p, training);
                return input;
            }

            /// <summary>One-hot rows of integer classes: (*) gives (*, num_classes); -1 takes the largest class plus one.</summary>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Ops.OneHot.One(x, num_classes);

            /// <summary>x / max(‖x‖ₚ, eps) along a dimension.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using Tensor norm = Ops.NormDim.One(input, p, new[] { dim }, true);
                using Tensor bounded = Ops.ClampMin.One(norm, eps);
                return input.div(bounded);
            }

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-08)
                => Ops.CosineSimilarity.One(x1, x2, dim, eps);

            public static Tensor pairwise_distance(Tensor input1, Tensor input2, double p = 2, double eps = 1e-06, bool keepdim = false)
                => Ops.PairwiseDistance.One(input1, input2, p, eps, keepdim);

            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, new[] { pad, pad }, mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, new[] { pad.Item1, pad.Item2 }, mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, new[] { pad.Item1, pad.Item2, pad.Item3, pad.Item4 }, mode, value);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, pad.ToArray(), mode, value);

            /// <summary>Pads the last dimensions: pairs of (before, after), the last dimension first.</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => mode switch
                {
                    PaddingModes.Constant => Ops.Pad.One(input, pad, "constant", value),
                    PaddingModes.Zeros => Ops.Pad.One(input, pad, "constant", 0.0),
                    PaddingModes.Reflect => Ops.Pad.One(input, pad, "reflect"),
                    PaddingModes.Replicate => Ops.Pad.One(input, pad, "replicate"),
                    PaddingModes.Circular => Ops.Pad.One(input, pad, "circular"),
                    _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown padding mode."),
                };

            /// <summary>
            /// softmax(Q Kᵀ / √d + mask) V with Q (*, queries, d), K (*, keys, d), V (*, keys, values).
            /// A boolean mask is true where attention is allowed, another mask is added.
            /// </summary>
            /// <param name="query">Q.</param>
            /// <param name="key">K.</param>
            /// <param name="value">V.</param>
            /// <param name="attn_mask">Broadcasts to (*, queries, keys).</param>
            /// <param name="p">Dropout probability of the attention weights.</param>
            /// <param name="is_casual">Each query sees keys up to its own position; excludes a mask.</param>
            /// <exception cref="ArgumentException">Both a mask and <paramref name="is_casual"/> are given.</exception>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (attn_mask is not null && is_casual)
                {
                    throw new ArgumentException("Causal attention takes no mask besides.", nameof(attn_mask));
                }

                return Attention.Run(query, key, value, attn_mask, p, is_casual);
            }
        }
    }
}

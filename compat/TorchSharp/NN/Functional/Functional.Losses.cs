using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>
            /// Cross-entropy of logits (N, C, ...) with classes (N, ...) or class probabilities of the shape of the logits.
            /// The mean is over targets other than <paramref name="ignore_index"/>, weighted if weights (C) are given.
            /// </summary>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0)
                => Ops.CrossEntropy.One(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>Negative log-likelihood of log-probabilities (N, C, ...) with classes (N, ...); -100 is ignored.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
                => Ops.NllLoss.One(input, target, weight, (long)reduction);

            /// <summary>-t log p - (1 - t) log(1 - p) for probabilities p, logarithms bounded by -100.</summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean)
                => Ops.BinaryCrossEntropy.One(input, target, weight, (long)reduction);

            /// <summary>Binary cross-entropy of logits; <paramref name="pos_weights"/> multiplies the positive part.</summary>
            public static Tensor binary_cross_entropy_with_logits(
                Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null)
                => Ops.BinaryCrossEntropyWithLogits.One(input, target, weight, pos_weights, (long)reduction);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
                => Ops.MseLoss.One(input, target, (long)reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
                => Ops.L1Loss.One(input, target, (long)reduction);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1)
                => Ops.SmoothL1Loss.One(input, target, (long)reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean)
                => Ops.HuberLoss.One(input, target, (long)reduction, delta);

            /// <summary>t (log t - input), the input being log-probabilities; the mean is over all elements.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean)
                => Ops.KlDiv.One(input, target, (long)reduction, log_target);

            /// <summary>max(0, -t (x1 - x2) + margin) with t of ±1.</summary>
            public static Tensor margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean)
                => Ops.MarginRankingLoss.One(input1, input2, target, margin, (long)reduction);

            public static Tensor cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean)
                => Ops.CosineEmbeddingLoss.One(input1, input2, target, margin, (long)reduction);

            public static Tensor hinge_embedding_loss(Tensor input, Tensor target, double margin = 0, Reduction reduction = Reduction.Mean)
                => Ops.HingeEmbeddingLoss.One(input, target, margin, (long)reduction);

            /// <summary>log(1 + exp(-t x)) with t of ±1.</summary>
            public static Tensor soft_margin_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
                => Ops.SoftMarginLoss.One(input, target, (long)reduction);
        }
    }
}

using TorchSharp.Interop;

namespace TorchSharp.Modules;

/// <summary>The operators behind modules, functions and optimisers; each is looked up on its first call.</summary>
internal static class Ops
{
    internal static readonly Op Relu = new("relu");
    internal static readonly Op ReluInPlace = new("relu_");
    internal static readonly Op Gelu = new("gelu");
    internal static readonly Op Silu = new("silu");
    internal static readonly Op SiluInPlace = new("silu_");
    internal static readonly Op Sigmoid = new("sigmoid");
    internal static readonly Op SigmoidInPlace = new("sigmoid_");
    internal static readonly Op Tanh = new("tanh");
    internal static readonly Op TanhInPlace = new("tanh_");
    internal static readonly Op LogSigmoid = new("log_sigmoid");
    internal static readonly Op Softplus = new("softplus");
    internal static readonly Op LeakyRelu = new("leaky_relu");
    internal static readonly Op Prelu = new("prelu");
    internal static readonly Op Elu = new("elu");
    internal static readonly Op Celu = new("celu");
    internal static readonly Op Selu = new("selu");
    internal static readonly Op Mish = new("mish");
    internal static readonly Op Glu = new("glu");
    internal static readonly Op Hardtanh = new("hardtanh");
    internal static readonly Op Hardsigmoid = new("hardsigmoid");
    internal static readonly Op Hardswish = new("hardswish");
    internal static readonly Op Hardshrink = new("hardshrink");
    internal static readonly Op Softshrink = new("softshrink");
    internal static readonly Op Threshold = new("threshold");
    internal static readonly Op Softmax = new("softmax.int");
    internal static readonly Op LogSoftmax = new("log_softmax.int");

    internal static readonly Op Linear = new("linear");
    internal static readonly Op Embedding = new("embedding");
    internal static readonly Op EmbeddingRenormInPlace = new("embedding_renorm_");
    internal static readonly Op LayerNorm = new("layer_norm");
    internal static readonly Op GroupNorm = new("group_norm");
    internal static readonly Op Dropout = new("dropout");
    internal static readonly Op DropoutInPlace = new("dropout_");
    internal static readonly Op OneHot = new("one_hot");
    internal static readonly Op NormDim = new("norm.ScalarOpt_dim");
    internal static readonly Op ClampMin = new("clamp_min");
    internal static readonly Op CosineSimilarity = new("cosine_similarity");
    internal static readonly Op PairwiseDistance = new("pairwise_distance");
    internal static readonly Op Pad = new("pad");
    internal static readonly Op Attention = new("scaled_dot_product_attention");
    internal static readonly Op AttentionOf113 = new("_scaled_dot_product_attention");

    internal static readonly Op CrossEntropy = new("cross_entropy_loss");
    internal static readonly Op NllLoss = new("nll_loss_nd");
    internal static readonly Op BinaryCrossEntropy = new("binary_cross_entropy");
    internal static readonly Op BinaryCrossEntropyWithLogits = new("binary_cross_entropy_with_logits");
    internal static readonly Op MseLoss = new("mse_loss");
    internal static readonly Op L1Loss = new("l1_loss");
    internal static readonly Op SmoothL1Loss = new("smooth_l1_loss");
    internal static readonly Op HuberLoss = new("huber_loss");
    internal static readonly Op KlDiv = new("kl_div");
    internal static readonly Op MarginRankingLoss = new("margin_ranking_loss");
    internal static readonly Op CosineEmbeddingLoss = new("cosine_embedding_loss");
    internal static readonly Op HingeEmbeddingLoss = new("hinge_embedding_loss");
    internal static readonly Op SoftMarginLoss = new("soft_margin_loss");

    internal static readonly Op NormalInPlace = new("normal_");
    internal static readonly Op UniformInPlace = new("uniform_");
    internal static readonly Op FillInPlace = new("fill_.Scalar");
    internal static readonly Op ErfinvInPlace = new("erfinv_");
    internal static readonly Op MulInPlace = new("mul_.Scalar");
    internal static readonly Op AddInPlace = new("add_.Scalar");
    internal static readonly Op ClampInPlace = new("clamp_");

    internal static readonly Op ForeachZeroInPlace = new("_foreach_zero_");
    internal static readonly Op ForeachMulInPlace = new("_foreach_mul_.Scalar");
    internal static readonly Op ForeachAddListInPlace = new("_foreach_add_.List");
    internal static readonly Op ForeachAddInPlace = new("_foreach_add_.Scalar");
    internal static readonly Op ForeachAdd = new("_foreach_add.List");
    internal static readonly Op ForeachNeg = new("_foreach_neg");
    internal static readonly Op ForeachSqrt = new("_foreach_sqrt");
    internal static readonly Op ForeachDivInPlace = new("_foreach_div_.Scalar");
    internal static readonly Op ForeachAddcmulInPlace = new("_foreach_addcmul_.Scalar");
    internal static readonly Op ForeachAddcmul = new("_foreach_addcmul.Scalar");
    internal static readonly Op ForeachAddcdivInPlace = new("_foreach_addcdiv_.Scalar");
    internal static readonly Op ForeachNorm = new("_foreach_norm.Scalar");
    internal static readonly Op NormScalar = new("norm.Scalar");
}

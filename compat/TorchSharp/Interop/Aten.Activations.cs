namespace TorchSharp.Interop;

/// <content>Operators: activation functions.</content>
internal static partial class Aten
{
    public static readonly Op celu = new("celu");
    public static readonly Op celu_ = new("celu_");
    public static readonly Op elu = new("elu");
    public static readonly Op elu_ = new("elu_");
    public static readonly Op gelu = new("gelu");
    public static readonly Op gelu_ = new("gelu_");
    public static readonly Op glu = new("glu");
    public static readonly Op hardsigmoid = new("hardsigmoid");
    public static readonly Op hardsigmoid_ = new("hardsigmoid_");
    public static readonly Op hardswish = new("hardswish");
    public static readonly Op hardswish_ = new("hardswish_");
    public static readonly Op hardtanh = new("hardtanh");
    public static readonly Op hardtanh_ = new("hardtanh_");
    public static readonly Op leaky_relu = new("leaky_relu");
    public static readonly Op leaky_relu_ = new("leaky_relu_");
    public static readonly Op log_sigmoid = new("log_sigmoid");
    public static readonly Op log_softmax_int = new("log_softmax.int");
    public static readonly Op prelu = new("prelu");
    public static readonly Op relu = new("relu");
    public static readonly Op relu6 = new("relu6");
    public static readonly Op relu6_ = new("relu6_");
    public static readonly Op relu_ = new("relu_");
    public static readonly Op rrelu = new("rrelu");
    public static readonly Op rrelu_ = new("rrelu_");
    public static readonly Op selu = new("selu");
    public static readonly Op selu_ = new("selu_");
    public static readonly Op silu = new("silu");
    public static readonly Op silu_ = new("silu_");
    public static readonly Op softmax_int = new("softmax.int");
    public static readonly Op softplus = new("softplus");
    public static readonly Op threshold = new("threshold");
    public static readonly Op threshold_ = new("threshold_");
}

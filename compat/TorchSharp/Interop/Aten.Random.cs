namespace TorchSharp.Interop;

/// <content>Operators: values drawn at random, in place for the most part.</content>
internal static partial class Aten
{
    public static readonly Op bernoulli = new("bernoulli");
    public static readonly Op bernoulli__Tensor = new("bernoulli_.Tensor");
    public static readonly Op bernoulli__float = new("bernoulli_.float");
    public static readonly Op binomial = new("binomial");
    public static readonly Op cauchy_ = new("cauchy_");
    public static readonly Op exponential_ = new("exponential_");
    public static readonly Op geometric_ = new("geometric_");
    public static readonly Op log_normal_ = new("log_normal_");
    public static readonly Op multinomial = new("multinomial");
    public static readonly Op normal_ = new("normal_");
    public static readonly Op normal_Tensor_Tensor = new("normal.Tensor_Tensor");
    public static readonly Op normal_float_float = new("normal.float_float");
    public static readonly Op poisson = new("poisson");
    public static readonly Op random__from = new("random_.from");
    public static readonly Op uniform_ = new("uniform_");
}

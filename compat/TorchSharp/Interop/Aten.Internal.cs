namespace TorchSharp.Interop;

/// <content>Operators: operators that LibTorch regards as its own.</content>
internal static partial class Aten
{
    public static readonly Op _sample_dirichlet = new("_sample_dirichlet");
    public static readonly Op _standard_gamma = new("_standard_gamma");
    public static readonly Op _unique2 = new("_unique2");
}

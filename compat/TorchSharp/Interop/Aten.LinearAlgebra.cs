namespace TorchSharp.Interop;

/// <content>Operators: products and decompositions of matrices.</content>
internal static partial class Aten
{
    public static readonly Op addbmm = new("addbmm");
    public static readonly Op addbmm_ = new("addbmm_");
    public static readonly Op addmm = new("addmm");
    public static readonly Op addmm_ = new("addmm_");
    public static readonly Op addmv = new("addmv");
    public static readonly Op addmv_ = new("addmv_");
    public static readonly Op addr = new("addr");
    public static readonly Op addr_ = new("addr_");
    public static readonly Op baddbmm = new("baddbmm");
    public static readonly Op bmm = new("bmm");
    public static readonly Op cholesky = new("cholesky", "linalg_cholesky");
    public static readonly Op cholesky_inverse = new("cholesky_inverse");
    public static readonly Op cholesky_solve = new("cholesky_solve");
    public static readonly Op det = new("det");
    public static readonly Op dot = new("dot");
    public static readonly Op geqrf = new("geqrf");
    public static readonly Op ger = new("ger");
    public static readonly Op inner = new("inner");
    public static readonly Op inverse = new("inverse");
    public static readonly Op kron = new("kron");
    public static readonly Op logdet = new("logdet");
    public static readonly Op matmul = new("matmul");
    public static readonly Op matrix_exp = new("matrix_exp");
    public static readonly Op matrix_power = new("matrix_power");
    public static readonly Op mm = new("mm");
    public static readonly Op mv = new("mv");
    public static readonly Op orgqr = new("orgqr");
    public static readonly Op ormqr = new("ormqr");
    public static readonly Op outer = new("outer");
    public static readonly Op tensordot = new("tensordot");
    public static readonly Op trace = new("trace");
    public static readonly Op vander = new("vander");
    public static readonly Op vdot = new("vdot");
}

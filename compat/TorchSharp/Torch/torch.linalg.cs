using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra on batches of matrices in the last two dimensions.</summary>
    public static partial class linalg
    {
        /// <summary>Which parts of a QR decomposition are computed.</summary>
        public enum QRMode
        {
            Reduced = 0,
            Complete = 1,
            R = 2,
        }

        public static Tensor cholesky(Tensor input) => Aten.linalg_cholesky.Unary(input);
        public static (Tensor L, Tensor info) cholesky_ex(Tensor input, bool check_errors = false) => Aten.linalg_cholesky_ex.Two(input, false, check_errors);

        public static Tensor cond(Tensor input) => Aten.linalg_cond.Unary(input);
        public static Tensor cond(Tensor input, double p) => Aten.linalg_cond.One(input, p);
        public static Tensor cond(Tensor input, int p) => Aten.linalg_cond.One(input, (double)p);
        public static Tensor cond(Tensor input, string p) => Aten.linalg_cond_p_str.One(input, p);

        public static Tensor cross(Tensor input, Tensor other, long dim = -1) => Aten.linalg_cross.One(input, other, dim);

        public static Tensor det(Tensor input) => Aten.linalg_det.Unary(input);
        public static (Tensor, Tensor) slogdet(Tensor input) => Aten.linalg_slogdet.Two(input);

        public static Tensor diagonal(Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1) => input.diagonal(offset, dim1, dim2);

        /// <summary>Eigenvalues and eigenvectors, complex.</summary>
        public static (Tensor, Tensor) eig(Tensor input) => Aten.linalg_eig.Two(input);
        public static Tensor eigvals(Tensor input) => Aten.linalg_eigvals.Unary(input);

        /// <summary>Eigenvalues and eigenvectors of symmetric matrices, of which one triangle is read.</summary>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Aten.linalg_eigh.Two(input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Aten.linalg_eigvalsh.One(input, UPLO.ToString());

        public static Tensor householder_product(Tensor A, Tensor tau) => Aten.linalg_householder_product.Binary(A, tau);

        public static Tensor inv(Tensor input) => Aten.linalg_inv.Unary(input);
        public static (Tensor L, Tensor info) inv_ex(Tensor input, bool check_errors = false) => Aten.linalg_inv_ex.Two(input, check_errors);

        public static (Tensor P, Tensor L, Tensor U) lu(Tensor input, bool pivot = true) => Aten.linalg_lu.Three(input, pivot);
        public static (Tensor LU, Tensor? Pivots) lu_factor(Tensor input, bool pivot = true) => Aten.linalg_lu_factor.Two(input, pivot);
        public static Tensor lu_solve(Tensor LU, Tensor pivots, Tensor B, bool left = true, bool adjoint = false, Tensor? @out = null) =>
            Aten.linalg_lu_solve.OneInto(@out, LU, pivots, B, left, adjoint);

        public static Tensor matrix_exp(Tensor input) => input.matrix_exp();

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) =>
            Aten.linalg_matrix_norm_str_ord.One(input, ord, dims ?? [-2, -1], keepdim);
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Aten.linalg_matrix_norm.One(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_rank(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Aten.linalg_matrix_rank_atol_rtol_float.One(input, atol, rtol, hermitian);
        public static Tensor matrix_rank(Tensor input, Tensor atol, Tensor? rtol = null, bool hermitian = false) =>
            Aten.linalg_matrix_rank_atol_rtol_tensor.One(input, atol, rtol, hermitian);

        public static Tensor multi_dot(IList<Tensor> tensors) => Aten.linalg_multi_dot.One((Arg)tensors.ToArray());

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm.One(input, Arg.None, dims, keepdim);
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm.One(input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm.One(input, (double)ord, dims, keepdim);
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) => Aten.linalg_norm_ord_str.One(input, ord, dims, keepdim);

        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) =>
            Aten.linalg_pinv_atol_rtol_float.One(input, atol, rtol, hermitian);
        public static Tensor pinv(Tensor input, Tensor atol, Tensor? rtol = null, bool hermitian = false) =>
            Aten.linalg_pinv_atol_rtol_tensor.One(input, atol, rtol, hermitian);

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) => Aten.linalg_qr.Two(input, mode switch
        {
            QRMode.Reduced => "reduced",
            QRMode.Complete => "complete",
            QRMode.R => "r",
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such mode."),
        });

        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Aten.linalg_solve.One(A, B, left);
        public static (Tensor result, Tensor info) solve_ex(Tensor A, Tensor B, bool left = true, bool check_errors = false) =>
            Aten.linalg_solve_ex.Two(A, B, left, check_errors);
        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false, Tensor? @out = null) =>
            Aten.linalg_solve_triangular.OneInto(@out, A, B, upper, left, unitriangular);

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Aten.linalg_svd.Three(input, fullMatrices);
        public static Tensor svdvals(Tensor input) => Aten.linalg_svdvals.Unary(input);

        public static Tensor tensorinv(Tensor input, long ind) => Aten.linalg_tensorinv.One(input, ind);
        public static Tensor tensorsolve(Tensor A, Tensor B, long[] dims) => Aten.linalg_tensorsolve.One(A, B, dims);

        public static Tensor vander(Tensor input, long? N = null) => Aten.linalg_vander.One(input, N);

        public static Tensor vecdot(Tensor x, Tensor y, long dim = -1, Tensor? @out = null) => Aten.linalg_vecdot.OneInto(@out, x, y, dim);

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) => Aten.linalg_vector_norm.One(input, ord, dims, keepdim);
    }
}

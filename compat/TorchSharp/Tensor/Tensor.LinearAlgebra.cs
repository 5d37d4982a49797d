using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Products and decompositions of matrices.</content>
    public partial class Tensor
    {
        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => Aten.addbmm.One(this, batch1, batch2, beta, alpha);
        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => Aten.addbmm_.InPlace(this, batch1, batch2, beta, alpha);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Aten.addmm.One(this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Aten.addmm_.InPlace(this, mat1, mat2, beta, alpha);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) => Aten.addmv.One(this, mat, vec, beta, alpha);
        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) => Aten.addmv_.InPlace(this, mat, vec, beta, alpha);

        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) => Aten.addr.One(this, vec1, vec2, beta, alpha);
        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) => Aten.addr_.InPlace(this, vec1, vec2, beta, alpha);

        // With beta 0, LibTorch before 2.0.1 multiplies memory that nobody wrote by 0, which leaves NaN there.
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => beta != 0 ? Aten.baddbmm.One(this, batch1, batch2, beta, alpha) : Product(batch1, batch2, alpha);

        public Tensor bmm(Tensor batch2) => Aten.bmm.Binary(this, batch2);

        [Obsolete("Use the function of torch.linalg.", false)]
        public Tensor cholesky(bool upper = false) => Aten.cholesky.One(this, upper);

        public Tensor cholesky_inverse(bool upper = false) => Aten.cholesky_inverse.One(this, upper);

        public Tensor cholesky_solve(Tensor input2, bool upper = false) => Aten.cholesky_solve.One(this, input2, upper);

        public Tensor det() => Aten.det.Unary(this);

        public Tensor dot(Tensor target) => Aten.dot.Binary(this, target);

        public (Tensor a, Tensor tau) geqrf() => Aten.geqrf.Two(this);

        public Tensor ger(Tensor vec2) => Aten.ger.Binary(this, vec2);

        public Tensor inner(Tensor vec2) => Aten.inner.Binary(this, vec2);

        public Tensor inverse() => Aten.inverse.Unary(this);

        public Tensor kron(Tensor other) => Aten.kron.Binary(this, other);

        public Tensor logdet() => Aten.logdet.Unary(this);

        public Tensor matmul(Tensor target) => Aten.matmul.Binary(this, target);

        public Tensor matrix_exp() => Aten.matrix_exp.Unary(this);

        public Tensor matrix_power(int n) => Aten.matrix_power.One(this, n);

        public Tensor mm(Tensor target) => Aten.mm.Binary(this, target);

        public Tensor mv(Tensor target) => Aten.mv.Binary(this, target);

        public Tensor ormqr(Tensor tau, Tensor other, bool left = true, bool transpose = false) => Aten.ormqr.One(this, tau, other, left, transpose);

        public Tensor outer(Tensor vec2) => Aten.outer.Binary(this, vec2);

        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) => Aten.tensordot.One(this, b, dims1, dims2);

        public Tensor trace() => Aten.trace.Unary(this);

        public Tensor vander(long N = -1, bool increasing = false) => Aten.vander.One(this, N, increasing);

        public Tensor vdot(Tensor target) => Aten.vdot.Binary(this, target);

        private static Tensor Product(Tensor batch1, Tensor batch2, float alpha)
        {
            if (alpha == 1)
            {
                return batch1.bmm(batch2);
            }

            using Tensor product = batch1.bmm(batch2);
            return product.mul(alpha);
        }
    }
}

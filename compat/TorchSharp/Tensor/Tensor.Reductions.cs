using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Sums, means, extremes and other reductions, cumulative ones included.</content>
    public partial class Tensor
    {
        public Tensor amax(params long[] dims) => Aten.amax.One(this, dims);

        public Tensor amin(params long[] dims) => Aten.amin.One(this, dims);

        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => Aten.aminmax.Two(this, dim, keepdim);

        public Tensor argmax() => Aten.argmax.Unary(this);
        public Tensor argmax(long dim, bool keepdim = false) => Aten.argmax.One(this, dim, keepdim);

        public Tensor argmin() => Aten.argmin.Unary(this);
        public Tensor argmin(long dim, bool keepdim = false) => Aten.argmin.One(this, dim, keepdim);

        public Tensor bincount(Tensor? weights, long minlength = 0) => Aten.bincount.One(this, weights, minlength);

        public Tensor corrcoef() => Aten.corrcoef.Unary(this);

        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) => Aten.cov.One(this, correction, fweights, aweights);

        public (Tensor values, Tensor indexes) cummax(long dim) => Aten.cummax.Two(this, dim);

        public (Tensor values, Tensor indexes) cummin(long dim) => Aten.cummin.Two(this, dim);

        public Tensor cumprod(long dim, ScalarType? type = null) => Aten.cumprod.One(this, dim, type);

        public Tensor cumsum(long dim, ScalarType? type = null) => Aten.cumsum.One(this, dim, type);

        public Tensor cumulative_trapezoid(Tensor x, long dim = -1) => Aten.cumulative_trapezoid_x.One(this, x, dim);
        public Tensor cumulative_trapezoid(double dx = 1, long dim = -1) => Aten.cumulative_trapezoid_dx.One(this, dx, dim);

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) => Aten.diff.One(this, n, dim, prepend, append);

        public Tensor dist(Tensor other, float p = 2f) => Aten.dist.One(this, other, p);

        public Tensor max() => Aten.max.Unary(this);
        public Tensor max(Tensor other) => Aten.max_other.Binary(this, other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Aten.max_dim.Two(this, dim, keepdim);

        public Tensor mean() => Aten.mean.Unary(this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Aten.mean_dim.One(this, dimensions, keepdim, type);

        public Tensor median() => Aten.median.Unary(this);

        public Tensor min() => Aten.min.Unary(this);
        public Tensor min(Tensor other) => Aten.min_other.Binary(this, other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Aten.min_dim.Two(this, dim, keepdim);

        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Aten.mode.Two(this, dim, keepdim);

        public Tensor nanmean(int? dim = null, bool keepdim = false, ScalarType? dtype = null) => Aten.nanmean.One(this, dim, keepdim, dtype);

        public Tensor nanmedian() => Aten.nanmedian.Unary(this);

        public Tensor nanquantile(Tensor q, long dim = -1, bool keepdim = false) => Aten.nanquantile.One(this, q, dim, keepdim);

        public Tensor nansum() => Aten.nansum.Unary(this);

        public Tensor norm(float p = 2f) => Aten.norm_Scalar.One(this, p);

        public Tensor prod(ScalarType? type = null) => Aten.prod.One(this, type);
        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) => Aten.prod_dim_int.One(this, dim, keepdim, type);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Aten.quantile.One(this, q, dim, keepdim);

        public Tensor renorm(float p, long dim, float maxnorm) => Aten.renorm.One(this, p, dim, maxnorm);

        public Tensor std(bool unbiased = true) => Aten.std.One(this, unbiased);

        public (Tensor std, Tensor mean) std_mean(bool unbiased = true) => Aten.std_mean.Two(this, unbiased);

        public Tensor sum(ScalarType? type = null) => Aten.sum.One(this, type);
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => Aten.sum_dim_IntList.One(this, dim, keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten.sum_dim_IntList.One(this, dim, keepdim, type);

        public Tensor trapezoid(Tensor x, long dim = -1) => Aten.trapezoid_x.One(this, x, dim);
        public Tensor trapezoid(double dx = 1, long dim = -1) => Aten.trapezoid_dx.One(this, dx, dim);

        public Tensor var(bool unbiased = true) => Aten.var.One(this, unbiased);

        public (Tensor var, Tensor mean) var_mean(bool unbiased = true) => Aten.var_mean.Two(this, unbiased);
    }
}
